package dev.felucca.rest.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ProcessInfo;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;

/** A column of ps(1), of those that {@code top} knows. */
enum TopColumn {
  UID("UID", (process, stat) -> process.user()),
  USER("USER", (process, stat) -> process.user()),
  PID("PID", (process, stat) -> "" + process.pid()),
  PPID("PPID", (process, stat) -> "" + process.parentPid()),
  C("C", (process, stat) -> "" + share(stat)),
  PCPU("%CPU", (process, stat) -> String.format(Locale.ROOT, "%d.0", share(stat))),
  PMEM("%MEM", (process, stat) -> memory(stat)),
  NLWP("NLWP", (process, stat) -> "" + stat.threads()),
  ETIME("ELAPSED", (process, stat) -> elapsed(stat)),
  NI("NI", (process, stat) -> "" + stat.nice()),
  VSZ("VSZ", (process, stat) -> "" + stat.virtualBytes() / 1024),
  RSS("RSS", (process, stat) -> "" + stat.residentBytes() / 1024),
  STIME("STIME", (process, stat) -> started(stat)),
  START("START", (process, stat) -> started(stat)),
  TTY("TTY", (process, stat) -> stat.terminalName()),
  STAT("STAT", (process, stat) -> stat.state()),
  TIME("TIME", (process, stat) -> time(stat)),
  CMD("CMD", (process, stat) -> process.command()),
  COMMAND("COMMAND", (process, stat) -> process.command()),
  COMM("COMMAND", (process, stat) -> program(process));

  private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT);
  private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("MMMdd", Locale.ROOT);
  private static final List<TopColumn> FULL = List.of(UID, PID, PPID, C, STIME, TTY, TIME, CMD);
  private static final List<TopColumn> BSD =
      List.of(USER, PID, PCPU, PMEM, VSZ, RSS, TTY, STAT, START, TIME, COMMAND);
  private final String title;
  private final BiFunction<ProcessInfo, ProcStat, String> cell;

  TopColumn(String title, BiFunction<ProcessInfo, ProcStat, String> cell) {
    this.title = title;
    this.cell = cell;
  }

  String title() {
    return title;
  }

  String of(ProcessInfo process, ProcStat stat) {
    return cell.apply(process, stat);
  }

  /** {@code -ef}, {@code aux} or {@code -o pid,comm}; INVALID for what ps(1) knows and this not. */
  static List<TopColumn> parse(String arguments) {
    List<TopColumn> columns = new ArrayList<>();
    String[] words = arguments.strip().split("\\s+");
    for (int i = 0; i < words.length; i++) {
      switch (words[i]) {
        case "-ef", "-f", "ef" -> columns.addAll(FULL);
        case "aux", "-aux", "u" -> columns.addAll(BSD);
        case "-e", "-A", "ax" -> {}
        case "-o", "-eo", "-Ao", "o" -> {
          if (++i < words.length) {
            named(words[i], columns);
          }
        }
        default -> {
          if (words[i].startsWith("-o") && words[i].length() > 2) {
            named(words[i].substring(2), columns);
          } else {
            throw new EngineException(INVALID, "ps_args " + words[i] + " is not supported");
          }
        }
      }
    }
    if (columns.isEmpty()) {
      return FULL;
    }
    if (!columns.contains(PID)) {
      throw new EngineException(INVALID, "Couldn't find PID field in ps output");
    }
    return columns;
  }

  private static void named(String names, List<TopColumn> columns) {
    for (String name : names.split(",")) {
      columns.add(
          switch (name.toLowerCase(Locale.ROOT)) {
            case "uid", "user", "euser", "uname" -> USER;
            case "pid" -> PID;
            case "ppid" -> PPID;
            case "c" -> C;
            case "%cpu", "pcpu" -> PCPU;
            case "%mem", "pmem" -> PMEM;
            case "nlwp", "thcount" -> NLWP;
            case "etime" -> ETIME;
            case "ni", "nice" -> NI;
            case "vsz", "vsize" -> VSZ;
            case "rss", "rssize" -> RSS;
            case "stime", "start", "start_time" -> STIME;
            case "tty", "tt", "tname" -> TTY;
            case "stat", "s", "state" -> STAT;
            case "time", "cputime" -> TIME;
            case "cmd" -> CMD;
            case "args", "command" -> COMMAND;
            case "comm", "ucmd", "ucomm" -> COMM;
            default ->
                throw new EngineException(INVALID, "ps column " + name + " is not supported");
          });
    }
  }

  private static long share(ProcStat stat) {
    long lived = Math.max(1, Duration.between(stat.started(), Instant.now()).toMillis());
    return Math.min(99, stat.ticks() * (1000 / ProcStat.HZ) * 100 / lived);
  }

  private static String memory(ProcStat stat) {
    long tenths = stat.residentBytes() * 1000 / Math.max(1, ProcStat.hostMemory());
    return tenths / 10 + "." + tenths % 10;
  }

  private static String elapsed(ProcStat stat) {
    long seconds = Math.max(0, Duration.between(stat.started(), Instant.now()).toSeconds());
    String minutes = String.format(Locale.ROOT, "%02d:%02d", seconds / 60 % 60, seconds % 60);
    String hours = String.format(Locale.ROOT, "%02d:", seconds / 3600 % 24);
    long days = seconds / 86400;
    return days > 0 ? days + "-" + hours + minutes : seconds >= 3600 ? hours + minutes : minutes;
  }

  private static String started(ProcStat stat) {
    boolean today = Duration.between(stat.started(), Instant.now()).toHours() < 24;
    return (today ? CLOCK : DAY).format(stat.started().atZone(ZoneId.systemDefault()));
  }

  private static String time(ProcStat stat) {
    long seconds = stat.ticks() / ProcStat.HZ;
    return String.format(
        Locale.ROOT, "%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }

  private static String program(ProcessInfo process) {
    String first = process.command().split(" ", 2)[0];
    return first.substring(first.lastIndexOf('/') + 1);
  }
}
