package dev.felucca.engine.content;

import dev.felucca.kernel.image.ContentStore;
import dev.felucca.tck.content.ContentStoreContract;
import java.io.IOException;
import java.nio.file.Path;

class FileContentStoreTest extends ContentStoreContract {
  @Override
  protected ContentStore create(Path root) throws IOException {
    return new FileContentStore(root, new Hashes());
  }
}
