#!/usr/bin/env node
import 'reflect-metadata';
import { cliEnvironment } from './cli.env.js';
import { runProgram } from './program.js';

process.exitCode = await runProgram(process.argv.slice(2), cliEnvironment());
