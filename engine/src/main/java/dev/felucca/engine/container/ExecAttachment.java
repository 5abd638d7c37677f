package dev.felucca.engine.container;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.Attachment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A client's hold on an exec. */
final class ExecAttachment implements Attachment {
  private static final Logger LOG = LoggerFactory.getLogger(ExecAttachment.class);

  private final Core core;
  private final ExecSession session;
  private final ExecOutput output;

  ExecAttachment(Core core, ExecSession session, ExecOutput output) {
    this.core = core;
    this.session = session;
    this.output = output;
  }

  private String driver() {
    return session.container().record().drivers().isolation();
  }

  @Override
  public boolean tty() {
    return session.config().tty();
  }

  @Override
  public void write(ByteBuffer input) throws IOException {
    core.drivers.isolation().run(driver(), driver -> driver.writeExecInput(session.id(), input));
  }

  @Override
  public void closeInput() throws IOException {
    if (session.config().attachStdin() && session.isRunning()) {
      core.drivers.isolation().run(driver(), driver -> driver.closeExecInput(session.id()));
    }
  }

  @Override
  public void detach() {
    core.publish(session.container(), "exec_detach", Map.of("execID", session.id()));
    close();
  }

  @Override
  public void close() {
    output.leave();
    try {
      closeInput();
    } catch (IOException | EngineException e) {
      LOG.debug("standard input of exec {} was not closed", session.id(), e);
    }
  }
}
