package io.github.cloze4j.monitor;

/** Text inside HTML. */
final class HtmlText {
    private HtmlText() {}

    /** Safe as content and inside a quoted attribute; control characters, which HTML forbids, become U+FFFD. */
    static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + Long.BYTES);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.append(Character.isISOControl(c) && !Character.isWhitespace(c) ? '\uFFFD' : c);
            }
        }
        return escaped.toString();
    }
}
