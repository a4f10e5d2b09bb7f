package io.github.cloze4j.finetune.runs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.finetune.readers.ReadOptions;
import io.github.cloze4j.finetune.readers.TagNotation;
import io.github.cloze4j.finetune.readers.TaggedData;
import io.github.cloze4j.finetune.readers.TaggedWordsReader;
import io.github.cloze4j.finetune.readers.TextReader;
import io.github.cloze4j.finetune.runs.DataFiles.LabelledText;
import io.github.cloze4j.finetune.runs.DataFiles.Sentence;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data sets from packages that the profile {@code real-runs} fetches; in all builds on a few records of the same form. */
class DownloadedSetsTest {
    @TempDir
    Path directory;

    private static <T> void assertApart(Map<Part, List<T>> parts, Function<T, String> key) {
        Map<String, Part> found = new HashMap<>();
        parts.forEach((part, records) -> records.forEach(record -> {
            Part earlier = found.putIfAbsent(key.apply(record), part);
            assertTrue(earlier == null || earlier == part, key.apply(record) + " is in two parts");
        }));
    }

    private static List<Integer> sizes(Map<Part, ? extends List<?>> parts) {
        List<Integer> sizes = new ArrayList<>();
        for (Part part : Part.values()) {
            sizes.add(parts.get(part).size());
        }
        return sizes;
    }

    private void assertReadersAgree(Map<Part, List<LabelledText>> parts, String extension) {
        TextReader reader = new TextReader("text", null, ReadOptions.DEFAULT);
        parts.forEach((part, texts) -> assertEquals(
                texts,
                reader.classes(directory.resolve(part.fileName() + extension), "label").stream()
                        .map(text -> new LabelledText(text.input().text(), text.label()))
                        .toList()));
    }

    @Test
    void brownTagsLoseTheirMarks() {
        assertEquals(
                new Sentence(
                        List.of("The", "City", "isn't", "1/2", "d'art", "HEADLINE", "``", "not"),
                        List.of("at", "nn", "bez*", "cd", "in", "nn", "``", "*")),
                BrownTags.sentence("The/at City/nn-tl isn't/bez* 1/2/cd d'art/fw-in+nn HEADLINE/nn-tl-hl ``/`` not/*"));
        assertEquals(
                List.of("to", "--", "ppss"),
                BrownTags.sentence("to/in-hl+to --/---hl I'm/ppss+bem-tl").tags().stream()
                        .map(tag -> tag.equals("in") ? "to" : tag)
                        .toList());
    }

    @Test
    void documentsOfTheBrownCorpusAreInOnePart() {
        Map<String, String> documents = new TreeMap<>();
        for (int document = 0; document < 200; document++) {
            documents.put(
                    "package/ca" + document,
                    "\n\n\tThe/at word/nn d" + document + "/np is/bez here/rb ./.\n\tIt/pps is/bez odd/jj-tl d"
                            + document + "/np\n");
        }
        Map<Part, List<Sentence>> parts = BrownTags.build(documents, 3);
        assertEquals(parts, BrownTags.build(documents, 3));
        assertEquals(400, sizes(parts).stream().mapToInt(size -> size).sum());
        assertTrue(parts.get(Part.TEST).size() > 10);
        assertApart(parts, sentence -> sentence.words().stream()
                .filter(word -> word.startsWith("d"))
                .findFirst()
                .orElseThrow());
        DataFiles.writeConll(directory, parts);
        TaggedData data = new TaggedWordsReader(ReadOptions.DEFAULT).read(directory.resolve("test.conll"));
        assertEquals(parts.get(Part.TEST).size(), data.sentences().size());
        assertEquals(TagNotation.PLAIN, data.notation());
    }

    @Test
    void sentencesWithARareTagAreLeftOut() {
        List<Sentence> sentences = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            sentences.add(new Sentence(List.of("a", "b"), List.of("X", "Y")));
        }
        Sentence rare = new Sentence(List.of("a", "b"), List.of("X", "Z"));
        sentences.add(rare);
        List<Sentence> kept = DataFiles.withoutRareTags(sentences, sentence -> sentence, 2);
        assertEquals(sentences.subList(0, 3), kept);
        assertEquals(sentences, DataFiles.withoutRareTags(sentences, sentence -> sentence, 1));
    }

    @Test
    void chineseRulesStayTogether() {
        StringBuilder xml = new StringBuilder("<rules><category>");
        for (int rule = 0; rule < 300; rule++) {
            xml.append("<rulegroup id=\"G")
                    .append(rule)
                    .append("\"><rule><example correction='好'>错<marker>误")
                    .append(rule)
                    .append("</marker>句</example><example>正误")
                    .append(rule)
                    .append("句</example>")
                    .append("<example>正误")
                    .append(rule)
                    .append("句</example></rule></rulegroup>");
        }
        // The same sentence under two rules: their groups are one.
        xml.append("<rule id='A'><example>共同</example><example>甲</example></rule>")
                .append("<rule id='B'><example>共同</example><example>乙</example></rule></category></rules>");
        Map<Part, List<LabelledText>> parts = chinese(xml);
        assertEquals(parts, chinese(xml));
        assertEquals(603, sizes(parts).stream().mapToInt(size -> size).sum());
        assertApart(parts, text -> {
            String number = text.text().replaceAll("\\D", "");
            return number.isEmpty() ? "A and B" : number;
        });
        parts.values()
                .forEach(texts -> texts.forEach(text ->
                        assertEquals(text.text().startsWith("错") ? "unacceptable" : "acceptable", text.label())));
        DataFiles.writeCsv(directory, parts);
        assertReadersAgree(parts, ".csv");
    }

    private static Map<Part, List<LabelledText>> chinese(CharSequence xml) {
        return ChineseAcceptability.build(
                new ByteArrayInputStream(xml.toString().getBytes(StandardCharsets.UTF_8)), 4);
    }

    @Test
    void eMailsOfOneThreadStayTogether() {
        Map<String, String> files = new TreeMap<>();
        for (int mail = 0; mail < 300; mail++) {
            String topic = Integer.toString(mail, 26)
                    .replaceAll("\\d", "$0q")
                    .chars()
                    .map(c -> Character.isDigit(c) ? 'a' + c - '0' : c)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            String subject = "The matter of " + topic;
            files.put("a" + mail, mail("easy-ham-1", "Subject: [List] " + subject + " " + mail, "First of " + topic));
            files.put(
                    "b" + mail,
                    mail(
                            "spam-2",
                            "X: y\nsubject: Re: " + subject,
                            "Answer \"to\" " + topic + "\n\n" + "A".repeat(76) + "\n" + "B".repeat(76)));
            files.put("c" + mail, mail("spam-2", "Subject: re: " + subject, "Answer to " + topic));
        }
        Map<Part, List<LabelledText>> parts = SpamMails.build(files, 5);
        assertEquals(parts, SpamMails.build(files, 5));
        assertEquals(600, sizes(parts).stream().mapToInt(size -> size).sum());
        assertTrue(parts.get(Part.TEST).size() > 10);
        assertApart(parts, text -> text.text().substring(text.text().lastIndexOf(' ')));
        Set<String> labels = new HashSet<>();
        parts.values()
                .forEach(texts -> texts.forEach(text -> {
                    labels.add(text.label());
                    assertTrue(!text.text().contains("AAAA") && text.text().contains("\n\n"), text.text());
                    assertEquals(text.text().contains("First"), text.label().equals("ham"));
                }));
        assertEquals(Set.of("ham", "spam"), labels);
        DataFiles.writeJsonLines(directory, parts);
        assertReadersAgree(parts, ".jsonl");
    }

    private static String mail(String group, String headers, String body) {
        try {
            return new ObjectMapper()
                    .writeValueAsString(
                            Map.of("group", group, "text", "From x\n" + headers + "\nTo: me\n\n" + body + "\n"));
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @Tag("real-runs")
    void thePublishedPackagesHaveTheirSizes() {
        BrownTags.main(new String[] {directory.resolve("pos").toString()});
        ChineseAcceptability.main(new String[] {directory.resolve("zh").toString()});
        SpamMails.main(new String[] {directory.resolve("spam").toString()});
        TextReader texts = new TextReader("text", null, ReadOptions.DEFAULT);
        List<Integer> counts = new ArrayList<>();
        for (Part part : Part.values()) {
            counts.add(new TaggedWordsReader(ReadOptions.DEFAULT)
                    .read(directory.resolve("pos/" + part.fileName() + ".conll"))
                    .sentences()
                    .size());
            counts.add(texts.classes(directory.resolve("zh/" + part.fileName() + ".csv"), "label")
                    .size());
            counts.add(texts.classes(directory.resolve("spam/" + part.fileName() + ".jsonl"), "label")
                    .size());
        }
        assertEquals(List.of(46378, 3045, 4749, 5620, 268, 537, 5235, 360, 611), counts);
    }
}
