package io.github.cloze4j.benchmark;

import io.github.cloze4j.corpus.Corpus;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import io.github.cloze4j.tokenizer.training.WordPieceTrainer;
import java.util.List;
import java.util.stream.Stream;

/** The quickstart corpus in memory, and a tokenizer that learnt its vocabulary from it. */
final class Glosses {
    private static final int VOCABULARY = 8192;

    final List<String> texts;

    Glosses() {
        try (Stream<String> documents = Corpus.wordNetGlosses().documents()) {
            texts = documents.toList();
        }
    }

    Vocabulary learnVocabulary() {
        return WordPieceTrainer.train(
                texts.stream(),
                new WordPieceTrainer.Config(
                        VOCABULARY, TokenizerConfig.uncased(), WordPieceTrainer.DEFAULT_MIN_FREQUENCY, 1));
    }

    BertTokenizer tokenizer() {
        return new BertTokenizer(learnVocabulary(), TokenizerConfig.uncased());
    }
}
