package dev.felucca.shell;

import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.Images;
import dev.felucca.kernel.image.PullRequest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pull IMAGE}. */
@Command(description = "fetch an image from a registry")
final class PullCommand extends ShellCommand {
  @Option(
      names = "--platform",
      paramLabel = "OS/ARCH",
      description = "for this system and processor, as linux/arm64")
  private @Nullable String platform;

  @Parameters(paramLabel = "IMAGE")
  private String image = "";

  PullCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    pull(this, image, platform);
    console().print(ImageReference.parse(image).withDefaultTag().toString());
    return 0;
  }

  /**
   * Pulls it; a line for each step that isn't a moving bar, since a shell session may be no
   * terminal.
   */
  static void pull(ShellCommand command, String image, @Nullable String platform) throws Exception {
    ImageReference reference = ImageReference.parse(image).withDefaultTag();
    PullRequest request =
        new PullRequest(
            reference,
            platform == null ? null : Platform.parse(platform),
            command.console().logins().of(reference.domain()));
    command.use(
        Images.class,
        images ->
            images.pull(
                request,
                step -> {
                  if (step.total() == 0) {
                    command
                        .console()
                        .print((step.id() == null ? "" : step.id() + ": ") + step.status());
                  }
                }));
  }
}
