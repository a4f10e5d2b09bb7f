package io.github.cloze4j.pretrained.peft;

import io.github.cloze4j.nn.LowRankTarget;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names of tensors of an adapter: the name of the parameter in the Hugging Face model, after the names of PEFT's two wrappers. */
final class AdapterNames {
    private static final String WRAPPERS = "base_model.model.";
    private static final String ENCODER = "bert.";

    /** The beginnings of names in a bare {@code BertModel}, which lack {@code bert.}. */
    private static final List<String> OF_BARE_MODEL = List.of("embeddings.", "encoder.", "pooler.");

    private static final Pattern LAYER = Pattern.compile("bert\\.encoder\\.layer\\.(\\d{1,9})\\.(.+)");

    private AdapterNames() {}

    /**
     * The name in the file.
     *
     * @param bare whether the model has no head, so that transformers names it without {@code bert.}
     */
    static String inFile(String parameter, boolean bare) {
        return WRAPPERS + (bare ? parameter.substring(ENCODER.length()) : parameter);
    }

    /** The name of the parameter; empty if the tensor is not under PEFT's wrappers. */
    static Optional<String> parameter(String inFile) {
        if (!inFile.startsWith(WRAPPERS)) {
            return Optional.empty();
        }
        String name = inFile.substring(WRAPPERS.length());
        return Optional.of(OF_BARE_MODEL.stream().anyMatch(name::startsWith) ? ENCODER + name : name);
    }

    /** The target that a linear layer is; empty if updates of this layer are not computed here. */
    static Optional<LowRankTarget> target(String linear) {
        Matcher layer = LAYER.matcher(linear);
        if (!layer.matches()) {
            return Optional.empty();
        }
        return List.of(LowRankTarget.values()).stream()
                .filter(target -> target.module().equals(layer.group(2)))
                .findFirst();
    }
}
