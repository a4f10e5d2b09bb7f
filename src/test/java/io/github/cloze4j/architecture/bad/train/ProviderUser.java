package io.github.cloze4j.architecture.bad.train;

import io.github.cloze4j.architecture.bad.kernel.nd4j.Provider;

/** Reaches behind the SPI. */
public final class ProviderUser {
    public Provider provider() {
        return new Provider();
    }
}
