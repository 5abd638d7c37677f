package dev.felucca.shell;

import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.ImageRegistries;
import dev.felucca.kernel.image.Images;
import dev.felucca.kernel.transport.Credentials;
import dev.felucca.kernel.transport.SearchResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands that ask registries. */
final class RegistryCommands {
  private RegistryCommands() {}

  /** {@code push [-a] NAME} and {@code push --to REGISTRY [IMAGE…]}. */
  @Command(description = "upload images; with --to, all or some under another registry's name")
  static final class Push extends ShellCommand {
    @Option(
        names = {"-a", "--all-tags"},
        description = "every tag of the repository")
    private boolean all;

    @Option(
        names = "--to",
        paramLabel = "REGISTRY",
        description = "push to this registry in place of the one in the name")
    private @Nullable String registry;

    @Parameters(arity = "0..*", paramLabel = "IMAGE")
    private List<String> images = new ArrayList<>();

    Push(Context context) {
      super(context);
    }

    @Override
    int run() throws Exception {
      String to = registry;
      if (to == null) {
        if (images.isEmpty()) {
          return misused("push needs IMAGE, or --to REGISTRY");
        }
        for (String image : images) {
          ImageReference name = ImageReference.parse(image);
          push(all ? name : name.withDefaultTag());
        }
        return 0;
      }
      for (String tag : images.isEmpty() ? everything() : images) {
        ImageReference from = ImageReference.parse(tag).withDefaultTag();
        ImageReference target = new ImageReference(to, from.path(), from.tag(), null);
        tell(Images.class, service -> service.tag(from.familiar(), target));
        push(target);
      }
      return 0;
    }

    private List<String> everything() throws Exception {
      List<String> names = new ArrayList<>();
      for (ImageDetails image : use(Images.class, service -> service.list(false, Map.of()))) {
        names.addAll(image.repoTags());
      }
      return names;
    }

    private void push(ImageReference name) throws Exception {
      Credentials who = console().logins().of(name.domain());
      use(
          ImageRegistries.class,
          registries ->
              registries.push(
                  name,
                  who,
                  step -> {
                    if (step.total() == 0) {
                      console().print((step.id() == null ? "" : step.id() + ": ") + step.status());
                    }
                  }));
    }
  }

  /** {@code search TERM}. */
  @Command(description = "search a registry for images")
  static final class Search extends ShellCommand {
    @Option(names = "--limit", paramLabel = "COUNT", description = "most results")
    private int limit;

    @Option(
        names = {"-f", "--filter"},
        paramLabel = "KEY=VALUE",
        description = "only those, as docker's filters")
    private List<String> filters = new ArrayList<>();

    @Option(
        names = {"-s", "--stars"},
        paramLabel = "COUNT",
        description = "at least so many stars")
    private int stars;

    @Parameters(paramLabel = "TERM")
    private String term = "";

    Search(Context context) {
      super(context);
    }

    @Override
    int run() throws Exception {
      if (stars > 0) {
        filters.add("stars=" + stars);
      }
      Credentials who = console().logins().of(registry());
      Table table = new Table("NAME", "DESCRIPTION", "STARS", "OFFICIAL");
      for (SearchResult result :
          use(
              ImageRegistries.class,
              registries -> registries.search(term, limit, PsCommand.filters(filters), who))) {
        table.row(
            result.name(),
            result.description(),
            String.valueOf(result.starCount()),
            result.official() ? "[OK]" : "");
      }
      table.lines().forEach(console()::print);
      return 0;
    }

    /** The registry that the term begins with, as in names of images. */
    private String registry() {
      int slash = term.indexOf('/');
      String first = slash < 0 ? "" : term.substring(0, slash);
      return first.contains(".") || first.contains(":") || first.equals("localhost") ? first : "";
    }
  }
}
