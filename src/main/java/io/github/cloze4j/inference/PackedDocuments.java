package io.github.cloze4j.inference;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.model.BertConfig;
import java.util.List;

/**
 * Documents back to back in one row, without padding: each attends only to itself, so none depends on its neighbours.
 *
 * @param documents in the order of the row
 * @param batch the row
 * @param masked {@code [masked]} the rows of the batch's tokens that are masked or that a head reads
 * @param labels {@code [masked]} the tokens that the documents have there
 * @param maskedTexts {@code [masked]} the number of the text that each masked position of the batch belongs to
 */
record PackedDocuments(List<Document> documents, Batch batch, int[] masked, int[] labels, int[] maskedTexts) {
    /** @param config of the model that reads them */
    static PackedDocuments of(List<Document> documents, BertConfig config) {
        int tokens = documents.stream().mapToInt(d -> d.ids().length).sum();
        int masked = documents.stream().mapToInt(d -> d.masked().length).sum();
        int[] ids = new int[tokens];
        int[] typeIds = new int[tokens];
        int[] positions = new int[tokens];
        int[] offsets = new int[documents.size() + 1];
        int[] maskedPositions = new int[masked];
        int[] labels = new int[masked];
        int[] maskedTexts = new int[masked];
        int masks = 0;
        for (int d = 0; d < documents.size(); d++) {
            Document document = documents.get(d);
            int length = document.ids().length;
            System.arraycopy(document.ids(), 0, ids, offsets[d], length);
            System.arraycopy(document.typeIds(), 0, typeIds, offsets[d], length);
            for (int i = 0; i < length; i++) {
                positions[offsets[d] + i] = i;
            }
            for (int i = 0; i < document.masked().length; i++) {
                maskedPositions[masks] = offsets[d] + document.masked()[i];
                labels[masks] = document.labels()[i];
                maskedTexts[masks] = document.text();
                masks++;
            }
            offsets[d + 1] = offsets[d] + length;
        }
        Batch batch = new Batch(1, tokens, ids, typeIds, positions, config.documents(offsets), tokens, List.of());
        return new PackedDocuments(List.copyOf(documents), batch, maskedPositions, labels, maskedTexts);
    }
}
