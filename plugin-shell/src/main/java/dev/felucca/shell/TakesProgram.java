package dev.felucca.shell;

/**
 * Marks commands whose options end at the first word that isn't one: the rest is a program with
 * options of its own.
 */
interface TakesProgram {}
