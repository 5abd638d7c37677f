package dev.felucca.shell;

import dev.felucca.kernel.image.HistoryEntry;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageUpkeep;
import dev.felucca.kernel.image.Images;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands for what images are made of, take and need. */
final class UpkeepCommands {
  private UpkeepCommands() {}

  /** {@code history IMAGE}. */
  @Command(description = "show how an image came to be")
  static final class History extends ShellCommand {
    @Parameters(paramLabel = "IMAGE")
    private String name = "";

    History(Context context) {
      super(context);
    }

    @Override
    int run() throws Exception {
      ImageDetails image = use(Images.class, images -> images.inspect(name));
      List<Long> sizes = use(ImageUpkeep.class, upkeep -> upkeep.layerSizes(name));
      Instant now = Instant.now();
      List<String[]> rows = new ArrayList<>();
      int layer = 0;
      for (HistoryEntry entry : image.history()) {
        long size = entry.emptyLayer() || layer >= sizes.size() ? 0 : sizes.get(layer++);
        Instant created = entry.created();
        rows.add(
            new String[] {
              created == null ? "N/A" : Ago.span(Duration.between(created, now)) + " ago",
              entry.createdBy(),
              Bytes.show(size),
              entry.comment()
            });
      }
      Table table = new Table("CREATED", "CREATED BY", "SIZE", "COMMENT");
      for (int i = rows.size() - 1; i >= 0; i--) {
        table.row(rows.get(i));
      }
      table.lines().forEach(console()::print);
      return 0;
    }
  }

  /** {@code image-prune [-a]}. */
  @Command(description = "remove images that no container uses")
  static final class Prune extends ShellCommand {
    @Option(
        names = {"-a", "--all"},
        description = "those that have a name, too")
    private boolean all;

    @Option(
        names = {"-f", "--filter"},
        paramLabel = "KEY=VALUE",
        description = "only those, as docker's filters")
    private List<String> filters = new ArrayList<>();

    Prune(Context context) {
      super(context);
    }

    @Override
    int run() throws Exception {
      Map<String, List<String>> wanted = new HashMap<>(PsCommand.filters(filters));
      wanted.put("dangling", List.of(String.valueOf(!all)));
      ImageUpkeep.Pruned pruned = use(ImageUpkeep.class, upkeep -> upkeep.prune(wanted));
      for (Images.Removed step : pruned.steps()) {
        console()
            .print(
                step.untagged() != null
                    ? "Untagged: " + step.untagged()
                    : "Deleted: " + step.deleted());
      }
      console().print("Total reclaimed space: " + Bytes.show(pruned.bytes()));
      return 0;
    }
  }

  /** {@code image-verify}. */
  @Command(description = "read every blob and check its digest and every reference")
  static final class Verify extends ShellCommand {
    Verify(Context context) {
      super(context);
    }

    @Override
    int run() throws Exception {
      ImageUpkeep.Verification found = use(ImageUpkeep.class, ImageUpkeep::verify);
      found.problems().forEach(problem -> console().print(problem.image() + ": " + problem.what()));
      console()
          .print(
              found.images()
                  + " images, "
                  + found.names()
                  + " names, "
                  + found.blobs()
                  + " blobs of "
                  + Bytes.show(found.bytes())
                  + ": "
                  + (found.whole() ? "no problems" : found.problems().size() + " problems"));
      return found.whole() ? 0 : 1;
    }
  }

  /** {@code image-usage}. */
  @Command(description = "what images take, shared and alone")
  static final class Usage extends ShellCommand {
    Usage(Context context) {
      super(context);
    }

    @Override
    int run() throws Exception {
      ImageUpkeep.Usage usage = use(ImageUpkeep.class, ImageUpkeep::usage);
      Table table =
          new Table("IMAGE ID", "NAME", "SIZE", "SHARED SIZE", "UNIQUE SIZE", "CONTAINERS");
      for (ImageUpkeep.ImageUsage one : usage.images()) {
        ImageDetails image = one.image();
        table.row(
            image.id().hex().substring(0, 12),
            image.repoTags().isEmpty() ? "<none>" : image.repoTags().get(0),
            Bytes.show(image.size()),
            Bytes.show(one.shared()),
            Bytes.show(image.size() - one.shared()),
            String.valueOf(one.containers()));
      }
      table.lines().forEach(console()::print);
      console().print("Layers: " + Bytes.show(usage.layers()));
      return 0;
    }
  }
}
