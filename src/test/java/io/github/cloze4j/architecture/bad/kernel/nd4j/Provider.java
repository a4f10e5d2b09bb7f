package io.github.cloze4j.architecture.bad.kernel.nd4j;

/** Reached through the SPI only. */
public final class Provider {}
