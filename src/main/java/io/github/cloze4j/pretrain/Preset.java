package io.github.cloze4j.pretrain;

import io.github.cloze4j.model.BertConfig;

/** Shapes of BERT that have a name (Turc et al., 2019); base is that of Devlin et al., 2018. */
public enum Preset {
    /** 2 layers of width 128. */
    TINY(2, 128, 2),
    /** 4 layers of width 256. */
    MINI(4, 256, 4),
    /** 4 layers of width 512. */
    SMALL(4, 512, 8),
    /** 8 layers of width 512. */
    MEDIUM(8, 512, 8),
    /** 12 layers of width 768. */
    BASE(12, 768, 12);

    /**
     * The dropout of a new model. A pretraining of minutes or hours reads its text a few times, and dropout then costs more
     * than it saves.
     */
    public static final double DROPOUT = 0;

    private final int layers;
    private final int hidden;
    private final int heads;

    Preset(int layers, int hidden, int heads) {
        this.layers = layers;
        this.hidden = hidden;
        this.heads = heads;
    }

    /** A new model of this shape, with {@link #DROPOUT}. */
    public BertConfig config(int vocabSize) {
        return builder(vocabSize).build();
    }

    /** Starts a configuration of this shape, with {@link #DROPOUT}. */
    public BertConfig.Builder builder(int vocabSize) {
        return BertConfig.builder(vocabSize)
                .numHiddenLayers(layers)
                .hiddenSize(hidden)
                .numAttentionHeads(heads)
                .dropout(DROPOUT);
    }
}
