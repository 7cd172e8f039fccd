package io.hypermesh.stoq.scenario;

import io.hypermesh.stoq.connection.CloseReason;
import io.hypermesh.stoq.endpoint.EndpointProbe;
import io.hypermesh.stoq.endpoint.EndpointSettings;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.simulation.LinkConditions;
import io.hypermesh.stoq.simulation.LinkSchedule;
import io.hypermesh.stoq.simulation.Nat;
import io.hypermesh.stoq.simulation.NetworkListener;
import io.hypermesh.stoq.simulation.SimulatedNetwork;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Runs a {@link Schedule}, and checks that what has to hold whatever happens does hold: every byte
 * is read once and in order; what was begun on a connection that lives comes to its end once the
 * network is good; everything ends in time, with one reason that both sides agree on; and nothing
 * is left, no memory, no route, no deadline.
 */
final class ScheduleRun {
  private static final long SECOND = Schedule.SECOND;
  private static final InetSocketAddress SERVER = InteropRun.address("fd00::5", 9_292);
  private static final long APPLICATION_CODE = 42;

  /** How long everything may take to end once the network is good. */
  private static final long WORK_NANOS_MAX = 600 * SECOND;

  /** Probe timeouts under delay and loss can be longer than a timeout; three are the limit then. */
  private static final long SLACK_NANOS = 60 * SECOND;

  /** What one run was worth. */
  record Outcome(
      int connections, int established, int survived, int streams, long bytesRead, long nanos) {}

  private final Schedule schedule;
  private final SimulatedNetwork network;
  private final SimulatedEndpoint server;
  private final List<SimulatedEndpoint> clients = new ArrayList<>();
  private final List<Session> sessions = new ArrayList<>();
  private int survived;

  ScheduleRun(Schedule schedule) {
    this.schedule = schedule;
    network = new SimulatedNetwork(schedule.seed, LinkConditions.PERFECT);
    server = endpoint(true, 0);
    network.attach(SERVER, server);
    for (int i = 0; i < schedule.clients; i++) {
      SimulatedEndpoint client = endpoint(false, 1 + i);
      clients.add(client);
      InetSocketAddress inside = inside(i);
      client.sockets.addAll(List.of(inside, second(i)));
      network.attach(second(i), client);
      if (schedule.rebinding == null) {
        network.attach(inside, client);
      } else {
        InetSocketAddress outside = InteropRun.address("fd00:1:0:" + i + "::1", 50_000);
        network.attach(
            inside, client, Nat.rebindingAt(outside, schedule.rebinding, schedule.rebindings));
      }
      for (InetSocketAddress address : client.sockets) {
        network.setSchedule(address, SERVER, schedule.toServer);
        network.setSchedule(SERVER, address, schedule.toClient);
      }
    }
  }

  private static InetSocketAddress inside(int client) {
    return InteropRun.address("fd00::c:" + client, 40_000);
  }

  private static InetSocketAddress second(int client) {
    return InteropRun.address("fd00::cc:" + client, 40_001);
  }

  private SimulatedEndpoint endpoint(boolean isServer, int number) {
    long seed = schedule.seed * 1_000 + number;
    Schedule.Side side = isServer ? schedule.serverSide : schedule.clientSide;
    SplittableRandom taskTimes = new SplittableRandom(seed);
    EndpointSettings settings =
        new EndpointSettings(
            isServer ? 100 : 4,
            100,
            100,
            schedule.retry ? 0 : 100,
            10 * SECOND,
            3_600 * SECOND,
            100,
            100,
            1_000,
            1_000,
            isServer);
    return new SimulatedEndpoint(
        settings,
        side.settings(),
        schedule
            .tls(Identities.tls(isServer ? Identities.SERVER : Identities.CLIENT, seed))
            .build(),
        new SeededSecureRandom(seed + 500),
        (session, stream) -> schedule.planForPeerStream(isServer, stream.id()),
        () -> side.taskNanosMax() == 0 ? 0 : taskTimes.nextLong(side.taskNanosMax()));
  }

  /** Has a listener see every datagram. */
  ScheduleRun watchedBy(NetworkListener listener) {
    network.setListener(listener);
    return this;
  }

  /**
   * Runs it all.
   *
   * @throws RuntimeException or an {@link AssertionError} where something doesn't hold
   */
  Outcome run() {
    for (int i = 0; i < clients.size(); i++) {
      Session session = clients.get(i).connect(SERVER, "c" + i + Identities.DOMAIN, 0);
      sessions.add(session);
    }
    schedule.actions.forEach(action -> network.at(action.atNanos(), () -> act(action)));
    network.runFor(schedule.healNanos);
    if (schedule.heals) {
      setLinks(schedule.healed);
      finishWork();
      end();
    } else {
      setLinks(LinkConditions.BLACKHOLE);
    }
    awaitTheEnd();
    checkTheEnd();
    return outcome();
  }

  private void setLinks(LinkConditions conditions) {
    for (SimulatedEndpoint client : clients) {
      for (InetSocketAddress address : client.sockets) {
        network.setSchedule(address, SERVER, LinkSchedule.always(conditions));
        network.setSchedule(SERVER, address, LinkSchedule.always(conditions));
      }
    }
  }

  private void act(Schedule.Action action) {
    Session session =
        action.byServer() ? serverSession(action.client()) : sessions.get(action.client());
    if (session == null || !session.isOpen()) {
      return;
    }
    SimulatedEndpoint endpoint = action.byServer() ? server : clients.get(action.client());
    long now = network.nowNanos();
    switch (action.what()) {
      case OPEN_BIDIRECTIONAL -> endpoint.open(session, true, action.plan(), now);
      case OPEN_UNIDIRECTIONAL -> endpoint.open(session, false, action.plan(), now);
      case UPDATE_KEYS -> endpoint.updateKeys(session, now);
      case MIGRATE -> endpoint.migrate(session, 1, now);
      case CLOSE -> endpoint.close(session, APPLICATION_CODE, now);
    }
  }

  /** The server's side of a client's connection, once the client is known by name; or null. */
  private Session serverSession(int client) {
    String name = sessions.get(client).serverName;
    for (Session session : server.sessions) {
      if (session.established && session.serverName.equals(name)) {
        return session;
      }
    }
    return null;
  }

  private void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what + ", at " + network.nowNanos() + " ns");
    }
  }

  // ---- The network is good: what was begun comes to its end ----

  private void finishWork() {
    long limit = network.nowNanos() + WORK_NANOS_MAX;
    boolean done = network.runUntil(this::isWorkDone, limit);
    require(done, "work isn't done: " + describe());
    boolean acknowledged = network.runUntil(this::isAllAcknowledged, limit);
    require(acknowledged, "bytes stay in flight: " + describe());
    for (int i = 0; i < sessions.size(); i++) {
      Session client = sessions.get(i);
      Session other = serverSession(i);
      if (client.isOpen() && other != null && other.isOpen()) {
        survived++;
        checkFlows(client, other, true);
        checkFlows(other, client, true);
      }
      if (schedule.mild) {
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

  private boolean isWorkDone() {
    for (int i = 0; i < sessions.size(); i++) {
      Session client = sessions.get(i);
      if (!client.isOpen()) {
        continue;
      }
      Session other = serverSession(i);
      if (!client.confirmed || other == null) {
        return false;
      }
      if (other.isOpen() && !(client.isIdle() && other.isIdle() && seesAll(client, other))) {
        return false;
      }
      if (!other.isOpen()) {
        // The client hasn't heard yet, or never will before its timeout.
        return false;
      }
    }
    return true;
  }

  /** Whether each side knows every stream that the other one has opened. */
  private static boolean seesAll(Session one, Session other) {
    return one.flows.keySet().equals(other.flows.keySet());
  }

  private boolean isAllAcknowledged() {
    for (int i = 0; i < sessions.size(); i++) {
      Session client = sessions.get(i);
      Session other = serverSession(i);
      if (client.isOpen()
          && other != null
          && other.isOpen()
          && client.connection().bytesInFlight() + other.connection().bytesInFlight() > 0) {
        return false;
      }
    }
    return true;
  }

  /** What one side wrote is what the other one read. */
  private void checkFlows(Session writer, Session reader, boolean complete) {
    for (Flow sent : writer.flows.values()) {
      if (!sent.stream.hasSendPart()) {
        continue;
      }
      Flow got = reader.flows.get(sent.stream.id());
      if (got == null) {
        require(!complete, "a stream was never seen: " + sent);
        continue;
      }
      require(got.read <= sent.written, "read more than was written: " + sent + " / " + got);
      if (got.ended) {
        require(sent.finished && got.read == sent.written, "a false end: " + sent + " / " + got);
      }
      if (got.aborted && reader.isOpen()) {
        require(sent.resetSent || sent.sendClosed, "a false reset: " + sent + " / " + got);
      }
      if (complete && sent.finished && !got.stopSent) {
        require(got.ended, "the end never came: " + sent + " / " + got);
      }
    }
  }

  // ---- The end ----

  private void end() {
    if (schedule.pauseNanos > 0) {
      network.runFor(schedule.pauseNanos);
    }
    long now = network.nowNanos();
    for (int i = 0; i < sessions.size(); i++) {
      Session client = sessions.get(i);
      Session other = serverSession(i);
      switch (schedule.ending) {
        case CLIENTS_CLOSE -> clients.get(i).close(client, APPLICATION_CODE, now);
        case SERVER_CLOSES -> closeByServer(other, now);
        case BOTH_CLOSE -> {
          clients.get(i).close(client, APPLICATION_CODE, now);
          closeByServer(other, now);
        }
        case IDLENESS, SERVER_FORGETS -> {}
      }
    }
    if (schedule.ending == Schedule.Ending.SERVER_FORGETS) {
      EndpointProbe.forget(server.endpoint);
      server.sessions.forEach(server::forgotten);
      for (int i = 0; i < sessions.size(); i++) {
        // What it says next is answered with a stateless reset.
        clients.get(i).open(sessions.get(i), false, FlowPlan.ofBytes(100), now);
      }
    } else if (schedule.ending == Schedule.Ending.IDLENESS) {
      setLinks(LinkConditions.BLACKHOLE);
    }
  }

  private void closeByServer(Session session, long now) {
    if (session != null) {
      server.close(session, APPLICATION_CODE, now);
    }
  }

  private void awaitTheEnd() {
    long limit = network.nowNanos() + 2 * schedule.idleNanosMax() + SLACK_NANOS;
    boolean over = network.runUntil(this::isOver, limit);
    require(over, "a connection outlives its timeouts: " + describe());
  }

  private boolean isOver() {
    return server.endpoint.size() == 0 && clients.stream().allMatch(c -> c.endpoint.size() == 0);
  }

  private void checkTheEnd() {
    // Answers without a connection may still be under way.
    network.runFor(SECOND);
    List<SimulatedEndpoint> all = new ArrayList<>(clients);
    all.add(server);
    for (SimulatedEndpoint endpoint : all) {
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
    for (int i = 0; i < sessions.size(); i++) {
      Session other = serverSession(i);
      if (other != null) {
        checkFlows(sessions.get(i), other, false);
        checkFlows(other, sessions.get(i), false);
        checkAgreement(sessions.get(i), other);
        checkAgreement(other, sessions.get(i));
      }
    }
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
      return !schedule.mild;
    }
    boolean rebinds = schedule.rebinding != null || schedule.migrates;
    return (errorCode == TransportErrorCode.NO_VIABLE_PATH && rebinds)
        // A token is for one address, and for ten seconds.
        || (errorCode == TransportErrorCode.INVALID_TOKEN && schedule.retry && !schedule.mild);
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

  private Outcome outcome() {
    int established = 0;
    int streams = 0;
    long bytesRead = 0;
    for (Session session : sessions) {
      established += session.established ? 1 : 0;
      streams += session.flows.size();
      bytesRead += session.flows.values().stream().mapToLong(flow -> flow.read).sum();
    }
    for (Session session : server.sessions) {
      bytesRead += session.flows.values().stream().mapToLong(flow -> flow.read).sum();
    }
    return new Outcome(
        sessions.size(), established, survived, streams, bytesRead, network.nowNanos());
  }

  private String describe() {
    StringBuilder text = new StringBuilder();
    List<SimulatedEndpoint> all = new ArrayList<>(clients);
    all.add(server);
    for (SimulatedEndpoint endpoint : all) {
      for (Session session : endpoint.sessions) {
        text.append("\n  ").append(session);
        text.append(session.established ? " established" : "");
        text.append(session.confirmed ? " confirmed" : "");
        if (!session.removed) {
          text.append(" in flight ").append(session.connection().bytesInFlight());
        }
        text.append(" wants ").append(session.wanted.size());
        session.flows.values().stream()
            .filter(flow -> !flow.isOver())
            .forEach(flow -> text.append("\n    ").append(flow));
      }
    }
    return text.toString();
  }
}
