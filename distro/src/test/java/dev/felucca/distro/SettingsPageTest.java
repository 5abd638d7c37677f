package dev.felucca.distro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** {@code docs/settings.md} lists what the components' metatypes have, and nothing else. */
class SettingsPageTest {
  private static final Path TREE = Path.of("").toAbsolutePath().getParent();
  private static final Path PAGE = TREE.resolve("docs/settings.md");
  private static final String TABLES = "\n## ";

  @Test
  void thePageHasEverySettingOfEveryComponent() throws Exception {
    Map<String, String> sections = new TreeMap<>();
    for (Path metatype : metatypes()) {
      section(metatype, sections);
    }
    assertTrue(sections.containsKey("dev.felucca.engine"), () -> "read only " + sections.keySet());
    String page = Files.readString(PAGE);
    String head = page.contains(TABLES) ? page.substring(0, page.indexOf(TABLES)) : page;
    String wanted = head + String.join("", sections.values());
    if (Boolean.getBoolean("settings.write")) {
      Files.writeString(PAGE, wanted);
    }
    assertEquals(
        wanted, Files.readString(PAGE), "write it anew: -Dtest=SettingsPageTest -Dsettings.write");
  }

  private static List<Path> metatypes() throws IOException {
    try (Stream<Path> modules = Files.list(TREE)) {
      return modules
          .map(module -> module.resolve("target/classes/OSGI-INF/metatype"))
          .filter(Files::isDirectory)
          .flatMap(SettingsPageTest::files)
          .toList();
    }
  }

  private static Stream<Path> files(Path directory) {
    return Stream.of(directory.toFile().listFiles())
        .map(java.io.File::toPath)
        .filter(file -> file.toString().endsWith(".xml"));
  }

  private static void section(Path metatype, Map<String, String> sections) throws Exception {
    Element root =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(metatype.toFile())
            .getDocumentElement();
    Element kind = (Element) root.getElementsByTagName("OCD").item(0);
    NodeList settings = kind.getElementsByTagName("AD");
    StringBuilder table = new StringBuilder();
    for (int i = 0; i < settings.getLength(); i++) {
      table.append(row((Element) settings.item(i)));
    }
    NodeList components = root.getElementsByTagName("Designate");
    for (int i = 0; i < components.getLength(); i++) {
      String pid = ((Element) components.item(i)).getAttribute("pid");
      sections.put(
          pid,
          TABLES
              + "`"
              + pid
              + ".cfg`: "
              + kind.getAttribute("name")
              + "\n| setting | default | what it is |\n|---|---|---|\n"
              + table);
    }
  }

  private static String row(Element setting) {
    String given = setting.getAttribute("default").replace("\\", "");
    return "| `"
        + setting.getAttribute("id")
        + "` | "
        + (given.isEmpty() ? "" : "`" + given + "`")
        + " | "
        + setting.getAttribute("description").replace("|", "\\|")
        + " |\n";
  }
}
