package io.github.cloze4j.cli;

/** Shapes of BERT that have a name (Turc et al., 2019); base is that of Devlin et al., 2018. */
enum Preset {
    TINY(2, 128, 2),
    MINI(4, 256, 4),
    SMALL(4, 512, 8),
    MEDIUM(8, 512, 8),
    BASE(12, 768, 12);

    private final int layers;
    private final int hidden;
    private final int heads;

    Preset(int layers, int hidden, int heads) {
        this.layers = layers;
        this.hidden = hidden;
        this.heads = heads;
    }

    int layers() {
        return layers;
    }

    int hidden() {
        return hidden;
    }

    int heads() {
        return heads;
    }
}
