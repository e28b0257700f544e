#!/usr/bin/env node
import 'reflect-metadata';
import { cliEnvironment } from './cli.env.js';
import { EXIT } from './exit-codes.js';
import { runProgram } from './program.js';

// A reader that has seen enough (`| head`) closes the pipe: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

process.exitCode = await runProgram(process.argv.slice(2), cliEnvironment());
