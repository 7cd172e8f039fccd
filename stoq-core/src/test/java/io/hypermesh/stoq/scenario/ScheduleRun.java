package io.hypermesh.stoq.scenario;

import io.hypermesh.stoq.connection.ConnectionProbe;
import io.hypermesh.stoq.endpoint.EndpointProbe;
import io.hypermesh.stoq.endpoint.EndpointSettings;
import io.hypermesh.stoq.handshake.ClientSession;
import io.hypermesh.stoq.handshake.EarlyDataRegister;
import io.hypermesh.stoq.handshake.ResumptionSettings;
import io.hypermesh.stoq.handshake.SessionTickets;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.simulation.LinkConditions;
import io.hypermesh.stoq.simulation.LinkSchedule;
import io.hypermesh.stoq.simulation.Nat;
import io.hypermesh.stoq.simulation.NetworkListener;
import io.hypermesh.stoq.simulation.SimulatedNetwork;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Runs a {@link Schedule}: makes the endpoints, connects, has the applications act, heals the
 * network, waits for the end of the work and then of everything. {@link ScheduleChecks} says what
 * has to hold.
 */
final class ScheduleRun {
  private static final long SECOND = Schedule.SECOND;
  private static final InetSocketAddress SERVER = InteropRun.address("fd00::5", 9_292);

  /** Where a server may want its clients to go. */
  static final InetSocketAddress PREFERRED = InteropRun.address("fd00::55", 9_293);

  private static final InetSocketAddress ELSEWHERE = InteropRun.address("fd00::bad", 666);
  private static final long APPLICATION_CODE = 42;

  /** How long everything may take to end once the network is good. */
  private static final long WORK_NANOS_MAX = 600 * SECOND;

  /** Probe timeouts under delay and loss can be longer than a timeout; three are the limit then. */
  private static final long SLACK_NANOS = 60 * SECOND;

  /** The time of day at which a run begins. */
  private static final Instant BEGINNING = Instant.parse("2030-01-01T00:00:00Z");

  private static final Duration TICKET_KEY_LIFETIME = Duration.ofDays(1);

  /** What one run was worth, and which features it really exercised. */
  record Outcome(
      int connections,
      int established,
      int survived,
      int streams,
      long bytesRead,
      long nanos,
      Set<Feature> exercised) {}

  private final Schedule schedule;
  private final SimulatedNetwork network;
  private final SimulatedEndpoint server;
  private final List<SimulatedEndpoint> clients = new ArrayList<>();
  private final Replayer replayer = new Replayer(ELSEWHERE);
  private final Connections connections;
  private final ScheduleChecks checks;
  private int started;

  ScheduleRun(Schedule schedule) {
    this.schedule = schedule;
    network = new SimulatedNetwork(schedule.seed, LinkConditions.PERFECT);
    server = endpoint(true, 0);
    server.sockets.addAll(List.of(SERVER, PREFERRED));
    network.attach(SERVER, server);
    network.attach(PREFERRED, server);
    network.attach(ELSEWHERE, replayer);
    for (int i = 0; i < schedule.clients; i++) {
      addClient(i);
    }
    setLinks(schedule.network.toServer, schedule.network.toClient);
    connections = new Connections(server);
    checks = new ScheduleChecks(schedule, network, connections);
  }

  private void addClient(int number) {
    SimulatedEndpoint client = endpoint(false, 1 + number);
    clients.add(client);
    InetSocketAddress inside = InteropRun.address("fd00::c:" + number, 40_000);
    InetSocketAddress second = InteropRun.address("fd00::cc:" + number, 40_001);
    client.sockets.addAll(List.of(inside, second));
    network.attach(second, client);
    NetworkPlan plan = schedule.network;
    if (plan.rebinding == null) {
      network.attach(inside, client);
    } else {
      InetSocketAddress outside = InteropRun.address("fd00:1:0:" + number + "::1", 50_000);
      network.attach(inside, client, Nat.rebindingAt(outside, plan.rebinding, plan.rebindings));
    }
    if (!schedule.replays.isEmpty() || schedule.replaysInTheEnd) {
      client.record();
    }
  }

  private SimulatedEndpoint endpoint(boolean isServer, int number) {
    long seed = schedule.seed * 1_000 + number;
    Side side = isServer ? schedule.serverSide : schedule.clientSide;
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
    TlsSettings tls =
        Identities.tls(isServer ? Identities.SERVER : Identities.CLIENT, seed)
            .cipherSuites(schedule.suites)
            .groups(isServer ? schedule.serverGroups : schedule.clientGroups)
            .resumption(isServer ? givesTickets(seed) : keepsSessions())
            .build();
    SimulatedEndpoint simulated =
        new SimulatedEndpoint(
            settings,
            side.settings(),
            tls,
            new SeededSecureRandom(seed + 500),
            (session, stream) -> schedule.planForPeerStream(isServer, stream.id()),
            () -> side.taskNanosMax() == 0 ? 0 : taskTimes.nextLong(side.taskNanosMax()));
    simulated.endpoint.hibernateAfter(schedule.hibernateAfterNanos);
    return simulated;
  }

  private InstantSource clock() {
    return () -> BEGINNING.plusNanos(network.nowNanos());
  }

  private ResumptionSettings keepsSessions() {
    return new ResumptionSettings(
        null, 0, ResumptionSettings.TICKET_LIFETIME_MAX, null, true, clock());
  }

  private ResumptionSettings givesTickets(long seed) {
    Schedule.Tickets tickets = schedule.tickets;
    if (tickets.perConnection() == 0) {
      return ResumptionSettings.NONE;
    }
    return new ResumptionSettings(
        SessionTickets.withFreshSecret(TICKET_KEY_LIFETIME, new SeededSecureRandom(seed + 700)),
        tickets.perConnection(),
        Duration.ofSeconds(tickets.lifetimeSeconds()),
        tickets.earlyData()
            ? new EarlyDataRegister(
                seed + 701, tickets.rememberedMax(), Duration.ofMillis(tickets.windowMillis()))
            : null,
        false,
        clock());
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
    schedule.starts.forEach(start -> network.at(start.atNanos(), () -> start(start)));
    schedule.actions.forEach(action -> network.at(action.atNanos(), () -> act(action)));
    schedule.replays.forEach(replay -> network.at(replay.atNanos(), () -> replay(replay)));
    network.runFor(schedule.network.healNanos);
    if (schedule.network.heals) {
      setLinks(LinkSchedule.always(schedule.network.healed));
      finishWork();
      end();
    } else {
      setLinks(LinkSchedule.always(LinkConditions.BLACKHOLE));
    }
    awaitTheEnd();
    if (schedule.replaysInTheEnd) {
      setLinks(LinkSchedule.always(LinkConditions.PERFECT));
      for (int i = 0; i < clients.size(); i++) {
        replayer.replay(clients.get(i).recorded, true);
      }
      awaitTheEnd();
    }
    clients.forEach(checks::checkNothingLeft);
    checks.checkNothingLeft(server);
    checks.checkBothSides();
    return outcome();
  }

  private void setLinks(LinkSchedule always) {
    setLinks(always, always);
  }

  private void setLinks(LinkSchedule toServer, LinkSchedule toClient) {
    LinkSchedule nothing = LinkSchedule.always(LinkConditions.BLACKHOLE);
    for (SimulatedEndpoint client : clients) {
      for (InetSocketAddress address : client.sockets) {
        network.setSchedule(address, SERVER, toServer);
        network.setSchedule(SERVER, address, toClient);
        boolean reached = schedule.preferredReached;
        network.setSchedule(address, PREFERRED, reached ? toServer : nothing);
        network.setSchedule(PREFERRED, address, reached ? toClient : nothing);
      }
    }
  }

  // ---- What happens in the time of trouble ----

  private void start(Schedule.Start start) {
    started++;
    SimulatedEndpoint client = clients.get(start.client());
    boolean resumes = start.resumes() && !client.kept.isEmpty();
    ClientSession session = resumes ? client.kept.removeLast() : null;
    if (resumes && start.earlyData()) {
      // What is worth recording most.
      client.recorded.clear();
    }
    String name = "c" + start.client() + Identities.DOMAIN;
    connections.add(client.connect(SERVER, name, session, start.earlyData(), network.nowNanos()));
  }

  private void act(Schedule.Action action) {
    Session client = connections.client(action.connection());
    Session session = client == null || !action.byServer() ? client : connections.serverOf(client);
    if (session == null || !session.isOpen()) {
      return;
    }
    SimulatedEndpoint endpoint =
        action.byServer() ? server : clients.get(schedule.starts.get(action.connection()).client());
    long now = network.nowNanos();
    switch (action.what()) {
      case OPEN_BIDIRECTIONAL -> endpoint.open(session, true, action.plan(), now);
      case OPEN_UNIDIRECTIONAL -> endpoint.open(session, false, action.plan(), now);
      case SEND_DATAGRAMS -> endpoint.sendDatagrams(session, action.datagrams(), now);
      case UPDATE_KEYS -> endpoint.updateKeys(session, now);
      case ROTATE_IDS -> endpoint.rotateIds(session, now);
      case MIGRATE -> endpoint.migrate(session, 1, now);
      case CLOSE -> endpoint.close(session, APPLICATION_CODE, now);
    }
  }

  private void replay(Schedule.Replay replay) {
    replayer.replay(clients.get(replay.client()).recorded, replay.spoofed());
  }

  // ---- The network is good: what was begun comes to its end ----

  private void finishWork() {
    long limit = network.nowNanos() + WORK_NANOS_MAX;
    boolean done = network.runUntil(this::isWorkDone, limit);
    checks.require(done, "work isn't done", this::describe);
    boolean acknowledged = network.runUntil(this::isAllAcknowledged, limit);
    checks.require(acknowledged, "bytes stay in flight", this::describe);
    checks.checkWork();
  }

  private boolean isWorkDone() {
    if (started < schedule.starts.size()) {
      return false;
    }
    for (Session client : connections.all()) {
      if (!client.isOpen()) {
        continue;
      }
      Session other = connections.serverOf(client);
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
    for (Session client : connections.all()) {
      Session other = connections.serverOf(client);
      if (client.isOpen()
          && other != null
          && other.isOpen()
          && client.connection().bytesInFlight() + other.connection().bytesInFlight() > 0) {
        return false;
      }
    }
    return true;
  }

  // ---- The end ----

  private void end() {
    if (schedule.pauseNanos > 0) {
      network.runFor(schedule.pauseNanos);
    }
    long now = network.nowNanos();
    for (int i = 0; i < connections.size(); i++) {
      Session client = connections.all().get(i);
      SimulatedEndpoint endpoint = clients.get(schedule.starts.get(i).client());
      switch (schedule.ending) {
        case CLIENTS_CLOSE -> endpoint.close(client, APPLICATION_CODE, now);
        case SERVER_CLOSES -> closeByServer(client, now);
        case BOTH_CLOSE -> {
          endpoint.close(client, APPLICATION_CODE, now);
          closeByServer(client, now);
        }
        case IDLENESS, SERVER_FORGETS -> {}
      }
    }
    if (schedule.ending == Schedule.Ending.SERVER_FORGETS) {
      EndpointProbe.forget(server.endpoint);
      server.sessions.forEach(server::forgotten);
      for (int i = 0; i < connections.size(); i++) {
        // What it says next is answered with a stateless reset.
        SimulatedEndpoint endpoint = clients.get(schedule.starts.get(i).client());
        endpoint.open(connections.all().get(i), false, FlowPlan.ofBytes(100), now);
      }
    } else if (schedule.ending == Schedule.Ending.IDLENESS) {
      setLinks(LinkSchedule.always(LinkConditions.BLACKHOLE));
    }
  }

  private void closeByServer(Session client, long now) {
    Session session = connections.serverOf(client);
    if (session != null) {
      server.close(session, APPLICATION_CODE, now);
    }
  }

  private void awaitTheEnd() {
    // A first datagram may still be under way, and then answers without a connection.
    for (int i = 0; i < 2; i++) {
      network.runFor(SECOND);
      long limit = network.nowNanos() + 2 * idleNanosMax() + SLACK_NANOS;
      boolean over = network.runUntil(this::isOver, limit);
      checks.require(over, "a connection outlives its timeouts", this::describe);
    }
    network.runFor(SECOND);
  }

  /** A round trip that took ten seconds, because so long nothing came, makes timeouts longer. */
  private long idleNanosMax() {
    return Stream.concat(
            server.sessions.stream(), clients.stream().flatMap(client -> client.sessions.stream()))
        .filter(session -> !session.removed)
        .mapToLong(session -> ConnectionProbe.idleTimeoutNanos(session.connection()))
        .reduce(schedule.idleNanosMax(), Math::max);
  }

  private boolean isOver() {
    return server.endpoint.size() == 0 && clients.stream().allMatch(c -> c.endpoint.size() == 0);
  }

  private Outcome outcome() {
    int established = 0;
    int streams = 0;
    long bytesRead = 0;
    for (Session session : connections.all()) {
      established += session.established ? 1 : 0;
      streams += session.flows.size();
      bytesRead += session.bytesRead();
    }
    for (Session session : server.sessions) {
      bytesRead += session.bytesRead();
    }
    return new Outcome(
        connections.size(),
        established,
        checks.survived(),
        streams,
        bytesRead,
        network.nowNanos(),
        Coverage.exercised(schedule, connections));
  }

  private String describe() {
    StringBuilder text = new StringBuilder();
    List<SimulatedEndpoint> all = new ArrayList<>(clients);
    all.add(server);
    for (SimulatedEndpoint endpoint : all) {
      text.append("\n  ").append(endpoint.endpoint.size()).append(" connections");
      for (Session session : endpoint.sessions) {
        text.append("\n  ").append(session);
        text.append(session.established ? " established" : "");
        text.append(session.confirmed ? " confirmed" : "");
        text.append(session.removed ? " removed" : "");
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
