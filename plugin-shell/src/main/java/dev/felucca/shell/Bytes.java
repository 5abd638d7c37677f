package dev.felucca.shell;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Sizes as people write and read them. */
final class Bytes implements ITypeConverter<Long> {
  private static final Pattern FORM = Pattern.compile("(\\d+(?:\\.\\d+)?) ?([kmgt]?)i?b?");

  /** Powers of 1024, as the docker CLI reads {@code --memory}; {@code -1} stays itself. */
  @Override
  public Long convert(String text) {
    if (text.equals("-1")) {
      return -1L;
    }
    Matcher matcher = FORM.matcher(text.toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new TypeConversionException("invalid size: '" + text + "'");
    }
    int power = " kmgt".indexOf(matcher.group(2).isEmpty() ? ' ' : matcher.group(2).charAt(0));
    return (long) (Double.parseDouble(matcher.group(1)) * Math.pow(1024, power));
  }

  /** Powers of 1000 with three digits, as the docker CLI shows sizes: {@code 4.26MB}. */
  static String show(long bytes) {
    double size = bytes;
    int unit = 0;
    String[] units = {"B", "kB", "MB", "GB", "TB", "PB"};
    while (size >= 1000 && unit < units.length - 1) {
      size /= 1000;
      unit++;
    }
    String text =
        size >= 100
            ? String.format(Locale.ROOT, "%.0f", size)
            : size >= 10
                ? String.format(Locale.ROOT, "%.1f", size)
                : String.format(Locale.ROOT, "%.2f", size);
    if (text.contains(".")) {
      text = text.replaceAll("0+$", "").replaceAll("\\.$", "");
    }
    return text + units[unit];
  }
}
