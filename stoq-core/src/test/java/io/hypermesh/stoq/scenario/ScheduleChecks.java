package io.hypermesh.stoq.scenario;

import io.hypermesh.stoq.connection.CloseReason;
import io.hypermesh.stoq.datagram.Datagrams;
import io.hypermesh.stoq.endpoint.EndpointProbe;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.simulation.SimulatedNetwork;
import java.util.List;
import java.util.function.Supplier;

/**
 * What has to hold whatever happens: every byte is read once and in order, and every datagram at
 * most once; what was begun on a connection that lives comes to its end once the network is good;
 * early data that is sent again by somebody else is never taken again; everything ends in time,
 * with one reason that both sides agree on; and nothing is left, no memory, no route, no deadline.
 */
final class ScheduleChecks {
  private final Schedule schedule;
  private final SimulatedNetwork network;
  private final Connections connections;
  private int survived;

  ScheduleChecks(Schedule schedule, SimulatedNetwork network, Connections connections) {
    this.schedule = schedule;
    this.network = network;
    this.connections = connections;
  }

  void require(boolean holds, String what) {
    require(holds, what, () -> "");
  }

  void require(boolean holds, String what, Supplier<String> details) {
    if (!holds) {
      throw new AssertionError(what + details.get() + ", at " + network.nowNanos() + " ns");
    }
  }

  /** Connections that lived to the end of their work. */
  int survived() {
    return survived;
  }

  // ---- When the work is done ----

  /** What was begun on connections that live has come to its end. */
  void checkWork() {
    for (Session client : connections.all()) {
      Session other = connections.serverOf(client);
      if (client.isOpen() && other != null && other.isOpen()) {
        survived++;
        checkFlows(client, other, true);
        checkFlows(other, client, true);
      }
      if (schedule.isMild()) {
        require(
            client.isOpen() || isPlanned(client.closeReason) || isIdleByPlan(client),
            "a connection was lost on a good network: " + client);
      }
    }
  }

  private static boolean isPlanned(CloseReason reason) {
    return reason.application() || reason.errorCode() == TransportErrorCode.APPLICATION_ERROR;
  }

  /** Without keep-alive, silence ends a connection, too. */
  private static boolean isIdleByPlan(Session session) {
    return session.closeReason.origin() == CloseReason.Origin.IDLE_TIMEOUT
        || session.closeReason.origin() == CloseReason.Origin.STATELESS_RESET;
  }

  /** What one side wrote is what the other one read. */
  private void checkFlows(Session writer, Session reader, boolean complete) {
    for (Flow sent : writer.flows.values()) {
      if (!sent.stream.hasSendPart()) {
        continue;
      }
      Flow got = reader.flows.get(sent.stream.id());
      if (got == null) {
        require(!complete, "a stream was never seen: ", sent::toString);
        continue;
      }
      Supplier<String> both = () -> sent + " / " + got;
      require(got.read <= sent.written, "read more than was written: ", both);
      if (got.ended) {
        require(sent.finished && got.read == sent.written, "a false end: ", both);
      }
      if (got.aborted && reader.isOpen()) {
        require(sent.resetSent || sent.sendClosed, "a false reset: ", both);
      }
      if (complete && sent.finished && !got.stopSent) {
        require(got.ended, "the end never came: ", both);
      }
    }
  }

  // ---- When all is over ----

  /** An endpoint holds nothing any more. */
  void checkNothingLeft(SimulatedEndpoint endpoint) {
    endpoint.sessions.forEach(this::checkSession);
    // What a crash forgets goes the way of its process.
    boolean forgotten = endpoint.sessions.stream().anyMatch(session -> session.forgotten);
    require(
        forgotten || endpoint.pool.acquired() == 0,
        "memory is left: " + endpoint.pool.acquired() + " chunks");
    require(endpoint.endpoint.handshakesInFlight() == 0, "a handshake is left");
    require(endpoint.endpoint.nextDeadlineNanos() == Long.MAX_VALUE, "a deadline is left");
    require(EndpointProbe.routes(endpoint.endpoint) == 0, "a route is left");
  }

  private void checkSession(Session session) {
    if (session.defect != null) {
      throw session.defect;
    }
    require(session.afterTheEnd.isEmpty(), "events after the end: " + session.afterTheEnd);
    if (session.forgotten) {
      return;
    }
    require(session.drained && session.removed, "never drained: " + session);
    CloseReason reason = session.closeReason;
    require(reason != null, "never closed: " + session);
    boolean broken =
        !reason.application()
            && (reason.origin() == CloseReason.Origin.LOCAL
                || reason.origin() == CloseReason.Origin.PEER
                || reason.origin() == CloseReason.Origin.VERSION_NEGOTIATION);
    require(!broken || isExcused(reason.errorCode()), "an error without a cause: " + session);
  }

  /** Errors that bad networks, and no faults, lead to. */
  private boolean isExcused(long errorCode) {
    if (errorCode == TransportErrorCode.APPLICATION_ERROR) {
      return true;
    }
    if (errorCode == TransportErrorCode.NO_ERROR) {
      // One side says that the handshake took too long.
      return !schedule.isMild();
    }
    boolean rebinds = schedule.network.rebinding != null || schedule.migrates;
    return (errorCode == TransportErrorCode.NO_VIABLE_PATH && rebinds)
        // A token is for one address, and for ten seconds.
        || (errorCode == TransportErrorCode.INVALID_TOKEN && schedule.retry && !schedule.isMild());
  }

  /** What each side has is what the other one gave it. */
  void checkBothSides() {
    for (Session client : connections.all()) {
      List<Session> others = connections.allServersOf(client);
      for (Session other : others) {
        checkFlows(client, other, false);
        checkFlows(other, client, false);
        checkDatagrams(other, List.of(client));
      }
      checkDatagrams(client, others);
      require(
          others.stream().filter(other -> other.earlyDataBegun).count() <= 1,
          "early data was taken twice: " + others);
      require(
          others.stream().filter(other -> !other.flows.isEmpty()).count() <= 1,
          "a server's application saw the same client twice: " + others);
      Session other = connections.serverOf(client);
      if (other != null) {
        checkAgreement(client, other);
        checkAgreement(other, client);
      }
    }
  }

  private void checkDatagrams(Session receiver, List<Session> senders) {
    int sent = 0;
    for (Session sender : senders) {
      sent = Math.max(sent, sender.datagrams.sent);
      Datagrams counted = sender.connection().datagrams();
      require(
          counted.acknowledged() + counted.lost() <= counted.sent(),
          "datagrams have more than one fate: " + sender.datagrams);
    }
    require(
        receiver.datagrams.received.length() <= sent,
        "a datagram was invented: " + receiver.datagrams + " where there were " + sent);
  }

  /** What one side was told is what the other one has said. */
  private void checkAgreement(Session told, Session by) {
    CloseReason reason = told.closeReason;
    if (reason == null || reason.origin() != CloseReason.Origin.PEER || by.closeReason == null) {
      return;
    }
    CloseReason theirs = by.closeReason;
    boolean same =
        reason.application() == theirs.application()
            ? reason.errorCode() == theirs.errorCode()
            : reason.errorCode() == TransportErrorCode.APPLICATION_ERROR && theirs.application();
    require(
        same
            && (theirs.origin() == CloseReason.Origin.LOCAL
                || theirs.origin() == CloseReason.Origin.HANDSHAKE_TIMEOUT),
        "the sides disagree on the end: " + told + " / " + by);
  }
}
