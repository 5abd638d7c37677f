package dev.felucca.net.dns;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes answers: the question again, records that point back to its name, and OPT where asked. */
final class Reply {
  static final int NO_ERROR = 0;
  static final int FORMAT_ERROR = 1;
  static final int SERVER_FAILURE = 2;
  static final int NOT_IMPLEMENTED = 4;
  static final int REFUSED = 5;
  static final int BAD_VERSION = 16;

  /** What Docker's has too; names that move are asked for again long before. */
  static final int SECONDS_TO_LIVE = 600;

  /** What we take and send in one datagram. */
  static final int UDP_SIZE = 1232;

  private static final int RESPONSE = 0x8000;
  private static final int TRUNCATED = 0x0200;
  private static final int RECURSION_DESIRED = 0x0100;
  private static final int RECURSION_AVAILABLE = 0x0080;
  private static final int OPCODE = 0x7800;
  private static final int POINTER_TO_QUESTION = 0xc000 | Query.HEADER;
  private static final int OPT_RECORD = 11;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream(128);

  private Reply() {}

  /** No records and that response code. */
  static byte[] empty(Query query, int code) {
    return write(query, code, Query.A, List.of(), Integer.MAX_VALUE);
  }

  /**
   * @param addresses of {@code type}; those that don't fit are left out and said to be
   * @param limit how long the message may be
   */
  static byte[] addresses(Query query, int type, List<byte[]> addresses, int limit) {
    return write(query, NO_ERROR, type, addresses, limit);
  }

  /** The name of an address. */
  static byte[] name(Query query, String name, int limit) {
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    for (String label : name.split("\\.")) {
      byte[] bytes = label.getBytes(StandardCharsets.ISO_8859_1);
      if (bytes.length == 0 || bytes.length > 63) {
        return empty(query, SERVER_FAILURE);
      }
      wire.write(bytes.length);
      wire.writeBytes(bytes);
    }
    wire.write(0);
    return write(query, NO_ERROR, Query.PTR, List.of(wire.toByteArray()), limit);
  }

  /** To a message that could not be read; its id and no more. */
  static byte[] malformed(byte[] message, int code) {
    Reply reply = new Reply();
    int kept = Query.u16(message, 2) & (OPCODE | RECURSION_DESIRED);
    reply.u16(Query.u16(message, 0));
    reply.u16(RESPONSE | RECURSION_AVAILABLE | kept | code & 0xf);
    reply.u16(0);
    reply.u16(0);
    reply.u16(0);
    reply.u16(code > 0xf ? 1 : 0);
    if (code > 0xf) {
      reply.options(code);
    }
    return reply.out.toByteArray();
  }

  private static byte[] write(Query query, int code, int type, List<byte[]> data, int limit) {
    int size = query.questionEnd() + (query.edns() ? OPT_RECORD : 0);
    int fitting = 0;
    while (fitting < data.size() && size + 12 + data.get(fitting).length <= limit) {
      size += 12 + data.get(fitting++).length;
    }
    Reply reply = new Reply();
    reply.u16(query.id());
    reply.u16(
        RESPONSE
            | RECURSION_AVAILABLE
            | query.flags() & RECURSION_DESIRED
            | (fitting < data.size() ? TRUNCATED : 0)
            | code);
    reply.u16(1);
    reply.u16(fitting);
    reply.u16(0);
    reply.u16(query.edns() ? 1 : 0);
    reply.out.write(query.bytes(), Query.HEADER, query.questionEnd() - Query.HEADER);
    for (byte[] one : data.subList(0, fitting)) {
      reply.u16(POINTER_TO_QUESTION);
      reply.u16(type);
      reply.u16(Query.INTERNET);
      reply.u32(SECONDS_TO_LIVE);
      reply.u16(one.length);
      reply.out.writeBytes(one);
    }
    if (query.edns()) {
      reply.options(code);
    }
    return reply.out.toByteArray();
  }

  private void options(int code) {
    out.write(0);
    u16(Query.OPT);
    u16(UDP_SIZE);
    u32((code >> 4) << 24);
    u16(0);
  }

  private void u16(int value) {
    out.write(value >> 8);
    out.write(value);
  }

  private void u32(int value) {
    u16(value >>> 16);
    u16(value & 0xffff);
  }
}
