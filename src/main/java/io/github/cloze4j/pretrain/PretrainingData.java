package io.github.cloze4j.pretrain;

import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.tokenizer.Vocabulary;
import org.jspecify.annotations.Nullable;

/**
 * The data of a pretraining.
 *
 * <p>Thread-safe, if the documents are: runs at the same time may share it.
 *
 * @param training documents to learn from
 * @param validation documents to be scored on, or null for none
 * @param vocabulary the vocabulary that both were made with
 * @param workers threads that build batches ahead; 0 builds them on the training thread
 */
public record PretrainingData(
        TokenDocuments training, @Nullable TokenDocuments validation, Vocabulary vocabulary, int workers) {
    /** Checks that all of it was made with the one vocabulary. */
    public PretrainingData {
        requireVocabulary("training", training, vocabulary);
        if (validation != null) {
            requireVocabulary("validation", validation, vocabulary);
        }
        if (workers < 0) {
            throw new IllegalArgumentException("Expected 0 workers or more. Received: " + workers);
        }
    }

    /** Documents to learn from. Nothing is held out, and the training thread builds the batches. */
    public static PretrainingData of(TokenDocuments training, Vocabulary vocabulary) {
        return new PretrainingData(training, null, vocabulary, 0);
    }

    /** This data with documents to be scored on. */
    public PretrainingData withValidation(@Nullable TokenDocuments documents) {
        return new PretrainingData(training, documents, vocabulary, workers);
    }

    /** This data with threads that build batches ahead. */
    public PretrainingData withWorkers(int threads) {
        return new PretrainingData(training, validation, vocabulary, threads);
    }

    private static void requireVocabulary(String part, TokenDocuments documents, Vocabulary vocabulary) {
        if (documents.vocabularySize() != vocabulary.size()) {
            throw new IllegalArgumentException("Expected " + part + " documents made with the vocabulary of "
                    + vocabulary.size() + " tokens. Received: documents made with one of " + documents.vocabularySize()
                    + " tokens. Prepare the data with this vocabulary");
        }
    }
}
