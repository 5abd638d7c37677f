package dev.felucca.isolation.capability;

import static dev.felucca.isolation.capability.Capability.*;

import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** An immutable set of capabilities, held as the kernel holds it: 64 bits. */
public record Capabilities(long bits) {
  public static final Capabilities NONE = new Capabilities(0);

  /** What Docker grants when nothing is asked for. */
  public static final Capabilities DOCKER_DEFAULT =
      of(
          CAP_CHOWN,
          CAP_DAC_OVERRIDE,
          CAP_FSETID,
          CAP_FOWNER,
          CAP_MKNOD,
          CAP_NET_RAW,
          CAP_SETGID,
          CAP_SETUID,
          CAP_SETFCAP,
          CAP_SETPCAP,
          CAP_NET_BIND_SERVICE,
          CAP_SYS_CHROOT,
          CAP_KILL,
          CAP_AUDIT_WRITE);

  public static Capabilities of(Capability... members) {
    return of(List.of(members));
  }

  public static Capabilities of(Collection<Capability> members) {
    long bits = 0;
    for (Capability each : members) bits |= each.mask();
    return new Capabilities(bits);
  }

  public boolean has(Capability capability) {
    return (bits & capability.mask()) != 0;
  }

  public Capabilities with(Capabilities other) {
    return new Capabilities(bits | other.bits);
  }

  public Capabilities without(Capabilities other) {
    return new Capabilities(bits & ~other.bits);
  }

  public Capabilities and(Capabilities other) {
    return new Capabilities(bits & other.bits);
  }

  /** The members with a name; a newer kernel may have bits beyond them. */
  public Set<Capability> members() {
    EnumSet<Capability> members = EnumSet.noneOf(Capability.class);
    for (Capability each : Capability.values()) if (has(each)) members.add(each);
    return members;
  }

  /** The low 32 bits, the first word of {@code cap_user_data_t} version 3. */
  public int low() {
    return (int) bits;
  }

  /** The high 32 bits, the second word. */
  public int high() {
    return (int) (bits >>> 32);
  }

  @Override
  public String toString() {
    return members().stream().map(Enum::name).collect(Collectors.joining(",", "[", "]"));
  }
}
