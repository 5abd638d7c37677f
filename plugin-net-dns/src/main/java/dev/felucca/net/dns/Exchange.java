package dev.felucca.net.dns;

import org.jspecify.annotations.Nullable;

/** A question that was passed on, to one upstream after the other until one answers. */
final class Exchange {
  /** Where an exchange is led on from; all in the reactor's thread. */
  interface Course {
    /** Asks the next upstream, or gives up. */
    void next(Exchange exchange);

    void done(Exchange exchange, byte @Nullable [] answer);
  }

  /** Where the answer goes. */
  interface Answer {
    void send(byte[] message);
  }

  private final Served served;
  private final Query query;
  private final Answer answer;
  private final Course course;
  final boolean tcp;
  int attempt;
  int upstream;
  Reactor.@Nullable Due patience;
  private @Nullable UpstreamSocket socket;
  private @Nullable UpstreamStream stream;
  private int id;
  private boolean over;

  Exchange(Served served, Query query, boolean tcp, Answer answer, Course course) {
    this.served = served;
    this.query = query;
    this.tcp = tcp;
    this.answer = answer;
    this.course = course;
  }

  Served served() {
    return served;
  }

  Query query() {
    return query;
  }

  Answer answer() {
    return answer;
  }

  void askedThrough(UpstreamSocket socket, int id) {
    this.socket = socket;
    this.id = id;
  }

  void askedThrough(UpstreamStream stream) {
    this.stream = stream;
  }

  /** This upstream will not answer, or not in time. */
  void failed() {
    if (!over) {
      letGo();
      attempt++;
      course.next(this);
    }
  }

  void answered(byte[] message) {
    if (over) {
      return;
    }
    int code = message[3] & 0xf;
    boolean useless = code == Reply.SERVER_FAILURE || code == Reply.REFUSED;
    if (useless && attempt + 1 < served.client.upstreams().size()) {
      failed();
      return;
    }
    message[0] = query.bytes()[0];
    message[1] = query.bytes()[1];
    end(message);
  }

  /** Nobody wants the answer any more. */
  void dropped() {
    end(null);
  }

  void end(byte @Nullable [] message) {
    if (!over) {
      over = true;
      letGo();
      course.done(this, message);
    }
  }

  private void letGo() {
    if (patience != null) {
      patience.drop();
      patience = null;
    }
    UpstreamSocket asked = socket;
    if (asked != null) {
      socket = null;
      asked.forget(id);
    }
    UpstreamStream talked = stream;
    if (talked != null) {
      stream = null;
      talked.close();
    }
  }
}
