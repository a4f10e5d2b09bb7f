package io.github.cloze4j.finetune.runs;

import io.github.cloze4j.finetune.runs.DataFiles.LabelledText;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * Chinese acceptability, from the examples of LanguageTool's rules: a sentence that a rule corrects is {@code unacceptable}, a sentence that
 * the rule must leave alone {@code acceptable}. All examples of a group of rules, such as all confusions of 消 and 销, are in one part,
 * and so are equal sentences; a sentence that is there again with the same label is left out.
 */
final class ChineseAcceptability {
    static final String RESOURCE = "/org/languagetool/rules/zh/grammar.xml";
    private static final String ACCEPTABLE = "acceptable";
    private static final String UNACCEPTABLE = "unacceptable";

    private ChineseAcceptability() {}

    private record Item(String group, LabelledText text) {}

    /** @param grammar the rules, as LanguageTool keeps them in XML; closed by this method */
    static Map<Part, List<LabelledText>> build(InputStream grammar, long seed) {
        Map<LabelledText, Item> items = new LinkedHashMap<>();
        List<Item> duplicates = new ArrayList<>();
        NodeList examples = parse(grammar).getElementsByTagName("example");
        for (int i = 0; i < examples.getLength(); i++) {
            Element example = (Element) examples.item(i);
            boolean wrong = example.hasAttribute("correction");
            LabelledText text = new LabelledText(example.getTextContent().strip(), wrong ? UNACCEPTABLE : ACCEPTABLE);
            Item item = new Item(group(example, i), text);
            if (items.putIfAbsent(text, item) != null) {
                duplicates.add(item);
            }
        }
        Map<String, List<String>> groupsOfText = new LinkedHashMap<>();
        items.values().forEach(item -> groupOf(item, groupsOfText));
        duplicates.forEach(item -> groupOf(item, groupsOfText));
        Map<Part, List<LabelledText>> parts = new LinkedHashMap<>();
        LeakFreeSplit.of(seed, List.copyOf(items.values()), item -> groupsOfText.get(item.text.text()))
                .forEach((part, list) ->
                        parts.put(part, list.stream().map(Item::text).toList()));
        return parts;
    }

    private static void groupOf(Item item, Map<String, List<String>> groupsOfText) {
        groupsOfText
                .computeIfAbsent(item.text.text(), text -> new ArrayList<>())
                .add(item.group);
    }

    /** The id of the group of rules, else of the rule. */
    private static String group(Element example, int number) {
        String id = "example " + number;
        for (Node node = example.getParentNode(); node instanceof Element element; node = node.getParentNode()) {
            boolean rules =
                    element.getTagName().equals("rule") || element.getTagName().equals("rulegroup");
            if (rules && element.hasAttribute("id")) {
                id = element.getAttribute("id");
            }
        }
        return id;
    }

    private static Document parse(InputStream grammar) {
        try (grammar) {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            return factory.newDocumentBuilder().parse(grammar);
        } catch (IOException | ParserConfigurationException | SAXException e) {
            throw new IllegalStateException("Expected the rules of LanguageTool in XML", e);
        }
    }

    /** The rules, which Maven's profile {@code real-runs} puts on the class path. */
    static InputStream grammar() {
        InputStream grammar = ChineseAcceptability.class.getResourceAsStream(RESOURCE);
        if (grammar == null) {
            throw new IllegalStateException(
                    "Expected " + RESOURCE
                            + " on the class path. Received: no such resource. Add org.languagetool:language-zh, as mvn -Preal-runs does");
        }
        return grammar;
    }

    /** Writes the data set: {@code OUTPUT_DIRECTORY [SEED]}. */
    public static void main(String[] arguments) {
        BuilderArguments to = BuilderArguments.of(arguments);
        Map<Part, List<LabelledText>> parts = build(grammar(), to.seed());
        DataFiles.writeCsv(to.directory(), parts);
        System.out.print(Summary.ofTexts(parts));
    }
}
