package io.github.cloze4j.monitor;

/**
 * How the model card says that a model is used.
 *
 * @param pipelineTag Hugging Face's name of the task, such as {@code fill-mask}; empty if it has none
 * @param java lines of Java
 * @param python lines of Python
 */
public record ModelUse(String pipelineTag, String java, String python) {
    /** A masked-language model. */
    public static final ModelUse FILL_MASK = new ModelUse("fill-mask", """
            Path directory = Path.of("this-directory");
            BertTokenizer tokenizer = ModelDirectory.readTokenizer(directory);
            try (Kernels kernels = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
                    Bert model = ModelDirectory.readModel(directory, kernels);
                    FillMask fillMask = new FillMask(model, tokenizer)) {
                List<List<Prediction>> predictions = fillMask.fill("The [MASK] is red.", 5);
            }
            """, """
            from transformers import pipeline

            fill_mask = pipeline("fill-mask", model="this-directory")
            fill_mask("The [MASK] is red.", top_k=5)
            """);

    /** A model that writes texts. */
    public static final ModelUse GENERATE = new ModelUse("text-generation", """
            Path directory = Path.of("this-directory");
            BertTokenizer tokenizer = ModelDirectory.readTokenizer(directory);
            try (Kernels kernels = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
                    Bert model = ModelDirectory.readModel(directory, kernels);
                    Generator generator = new Generator(model, tokenizer)) {
                System.out.println(generator
                        .generate("A large animal", GenerationConfig.builder().build())
                        .get(0)
                        .text());
            }
            """, """
            from transformers import BertLMHeadModel, BertTokenizerFast

            tokenizer = BertTokenizerFast.from_pretrained("this-directory")
            model = BertLMHeadModel.from_pretrained("this-directory")
            prompt = tokenizer("A large animal", return_tensors="pt")
            ids = model.generate(input_ids=prompt["input_ids"][:, :-1])  # without the final [SEP]
            print(tokenizer.decode(ids[0], skip_special_tokens=True))
            """);
}
