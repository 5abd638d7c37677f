package dev.felucca.linux;

import static dev.felucca.linux.Arg.n;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProgramTest {
  private final ProgramBuilder builder = new ProgramBuilder(Arch.current());

  @Test
  void aResultBecomesAnArgumentOfALaterStep() {
    Step open =
        builder.step(Sysno.OPENAT, n(LinuxFiles.AT_FDCWD), builder.text("/dev/null"), n(0), n(0));
    Step close = builder.step(Sysno.CLOSE, Arg.NULL);
    open.storeInto(close, 0);
    builder.end(7);
    try (LoadedProgram program = new LoadedProgram(builder.build())) {
      assertEquals(7, program.run());
      assertTrue(program.result(open) > 2);
      assertEquals(0, program.result(close));
    }
  }

  @Test
  void errorsAndZerosGoOnWhereTheyAreTold() {
    Label error = new Label("error");
    Label zero = new Label("zero");
    builder.step(Sysno.CLOSE, n(-1)).onError(error);
    builder.end(1);
    builder.mark(error);
    builder.step(Sysno.SCHED_YIELD).onZero(zero);
    builder.end(2);
    builder.mark(zero);
    builder.end(3);
    try (LoadedProgram program = new LoadedProgram(builder.build())) {
      assertEquals(3, program.run());
    }
  }

  @Test
  void theFirstReportedFailureNamesItsCallAndStep() {
    Label failed = new Label("failed");
    builder.onFailure(failed);
    builder.step(Sysno.CLOSE, n(-1)).ignoringErrors();
    Step chdir = builder.step(Sysno.CHDIR, builder.text("/nonexistent"));
    Step never = builder.step(Sysno.CLOSE, n(-1));
    builder.mark(failed);
    builder.end(0);
    Program built = builder.build();
    try (LoadedProgram program = new LoadedProgram(built)) {
      program.run();
      ProgramFailure failure = built.failure(program.table()).orElseThrow();
      assertEquals("chdir(/nonexistent): ENOENT at step 1", failure.toString());
      assertEquals(
          "chdir(/nonexistent) at step 1: ENOENT (no such file or directory)",
          failure.toException().getMessage());
      assertTrue(Program.ran(program.table(), chdir));
      assertFalse(Program.ran(program.table(), never));
    }
  }

  @Test
  void aListingShowsLabelsCallsAndWhereTheyLead() {
    Label loop = new Label("loop");
    builder.mark(loop);
    Step yield = builder.step(Sysno.SCHED_YIELD).ignoringErrors();
    Step close = builder.step(Sysno.CLOSE, Arg.NULL).onZero(loop);
    yield.storeInto(close, 0);
    builder.step(
        Sysno.EXECVE,
        builder.text("/bin/true"),
        builder.texts(List.of("true"), "argv"),
        builder.space(8, "env"));
    builder.end(0);
    assertEquals(
        List.of(
            "loop:",
            "   0  sched_yield(); errors ignored",
            "   1  close(#0); 0: loop",
            "   2  execve(/bin/true, argv, env); errors ignored",
            "   3  return(0)"),
        builder.build().listing());
  }
}
