package dev.felucca.shell;

import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.Images;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code images}. */
@Command(description = "list images")
final class ImagesCommand extends ShellCommand {
  @Option(
      names = {"-a", "--all"},
      description = "also those in between, without a name")
  private boolean all;

  @Option(
      names = {"-q", "--quiet"},
      description = "ids only")
  private boolean quiet;

  @Option(names = "--no-trunc", description = "whole ids")
  private boolean whole;

  @Option(
      names = {"-f", "--filter"},
      paramLabel = "KEY=VALUE",
      description = "only those, as docker's filters")
  private List<String> filters = new ArrayList<>();

  ImagesCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    List<ImageDetails> images =
        use(Images.class, service -> service.list(all, PsCommand.filters(filters)));
    Instant now = Instant.now();
    Table table = new Table("REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE");
    for (ImageDetails image : images) {
      String id = whole ? image.id().toString() : image.id().hex().substring(0, 12);
      if (quiet) {
        console().print(id);
        continue;
      }
      String created =
          image.created() == null
              ? "N/A"
              : Ago.span(Duration.between(image.created(), now)) + " ago";
      List<String> tags = image.repoTags().isEmpty() ? List.of("<none>:<none>") : image.repoTags();
      for (String tag : tags) {
        int colon = tag.lastIndexOf(':');
        table.row(
            tag.substring(0, colon),
            tag.substring(colon + 1),
            id,
            created,
            Bytes.show(image.size()));
      }
    }
    if (!quiet) {
      table.lines().forEach(console()::print);
    }
    return 0;
  }
}
