package dev.felucca.shell;

import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.Images;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code tag IMAGE NAME}. */
@Command(description = "give an image another name")
final class TagCommand extends ShellCommand {
  @Parameters(index = "0", paramLabel = "IMAGE")
  private String image = "";

  @Parameters(index = "1", paramLabel = "NAME")
  private String name = "";

  TagCommand(Context context) {
    super(context);
  }

  @Override
  int run() throws Exception {
    tell(Images.class, images -> images.tag(image, ImageReference.parse(name).withDefaultTag()));
    return 0;
  }
}
