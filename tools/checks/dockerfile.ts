import {
  DockerfileParser,
  type Copy,
  type Instruction,
  type JSONInstruction,
} from 'dockerfile-ast';

/** A `COPY` of a Dockerfile. */
export interface CopyStep {
  /** The stage it takes from; undefined: the repository. */
  readonly from: string | undefined;
  readonly sources: readonly string[];
}

/** What a Dockerfile says from one `FROM` to the next. */
export interface BuildStage {
  readonly name: string | undefined;
  readonly image: string;
  readonly copies: readonly CopyStep[];
  /** The commands it runs. */
  readonly runs: readonly string[];
  /** The last `USER`; undefined: that of the image it begins with. */
  readonly user: string | undefined;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

/** Reads the stages of a Dockerfile; the last one is the image. */
export function readDockerfile(text: string): readonly BuildStage[] {
  const stages: Instruction[][] = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    if (instruction.getKeyword() === 'FROM') stages.push([]);
    stages.at(-1)?.push(instruction);
  }
  return stages.map(stage);
}

function stage(instructions: readonly Instruction[]): BuildStage {
  const all = (keyword: string): readonly Instruction[] =>
    instructions.filter((instruction) => instruction.getKeyword() === keyword);
  const [image = '', , name] = values(all('FROM')[0]);
  return {
    name,
    image,
    copies: all('COPY').map((instruction) => copy(instruction as Copy)),
    runs: all('RUN').map((instruction) => instruction.getArgumentsContent() ?? ''),
    user: values(all('USER').at(-1))[0],
    entrypoint: words(all('ENTRYPOINT').at(-1)),
    command: words(all('CMD').at(-1)),
  };
}

function copy(instruction: Copy): CopyStep {
  return {
    from: instruction.getFromFlag()?.getValue() ?? undefined,
    sources: values(instruction)
      .filter((value) => !value.startsWith('--'))
      .slice(0, -1),
  };
}

function values(instruction: Instruction | undefined): readonly string[] {
  return instruction?.getArguments().map((argument) => argument.getValue()) ?? [];
}

/** The words of the JSON form; of the shell form, which puts a shell between, none. */
function words(instruction: Instruction | undefined): readonly string[] {
  const json = instruction as JSONInstruction | undefined;
  return json?.getJSONStrings().map((argument) => argument.getJSONValue()) ?? [];
}
