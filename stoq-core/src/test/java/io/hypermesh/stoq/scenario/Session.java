package io.hypermesh.stoq.scenario;

import io.hypermesh.stoq.connection.CloseReason;
import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.connection.ConnectionEvent;
import io.hypermesh.stoq.connection.ConnectionProbe;
import io.hypermesh.stoq.endpoint.EndpointConnection;
import io.hypermesh.stoq.packet.ConnectionId;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One connection as one side's application has it. */
final class Session {
  /** A stream that is to be opened once the peer allows it. */
  record WantedStream(boolean bidirectional, FlowPlan plan) {}

  final EndpointConnection core;
  final boolean client;
  final Map<Long, Flow> flows = new LinkedHashMap<>();
  final ArrayDeque<WantedStream> wanted = new ArrayDeque<>();
  final List<ConnectionEvent> afterTheEnd = new ArrayList<>();
  final DatagramTraffic datagrams;

  /** Flows that may be able to move. */
  final ArrayDeque<Flow> ready = new ArrayDeque<>();

  String serverName = "";
  boolean established;
  boolean confirmed;
  boolean resumed;

  /** Streams could be used before the handshake was complete. */
  boolean earlyDataBegun;

  boolean earlyDataAccepted;
  boolean earlyDataRejected;

  /** Streams that there were before the handshake was complete. */
  int earlyFlows;

  boolean drained;
  boolean removed;

  /** Its endpoint has lost it, as by a crash. */
  boolean forgotten;

  int pathChanges;

  /** Where the peer was last said to be; null where it never moved. */
  InetSocketAddress movedTo;

  /** A client has moved to another of its sockets. */
  boolean migrated;

  boolean idsRotated;

  /** It hibernated at least once, and something came for it afterwards. */
  boolean woke;

  /** It hibernates, or has since it was last looked at. */
  private boolean slept;

  CloseReason closeReason;
  RuntimeException defect;

  /** What this side's host closed with, or -1. */
  long closedByHostWith = -1;

  /** Streams that have come to their end here. */
  int flowsOver;

  Session(EndpointConnection core, boolean client) {
    this.core = core;
    this.client = client;
    this.datagrams = new DatagramTraffic(client);
  }

  Connection connection() {
    return core.connection();
  }

  /** Looks whether the connection hibernates, before anything happens to it. */
  void noteSleep() {
    slept |= core.dormant() != null;
  }

  /** Something happens to the connection. */
  void noteWake() {
    woke |= slept;
  }

  /** What the other side of the same connection has, too. */
  ConnectionId origin() {
    return ConnectionProbe.originalDestination(connection());
  }

  /** Both sides' own, made from that. */
  int salt() {
    return origin().hashCode();
  }

  boolean isOtherSideOf(Session other) {
    return client != other.client && origin().equals(other.origin());
  }

  /** Whether the server has refused the version of the first attempt. */
  boolean wasRestarted() {
    return ConnectionProbe.isAfterRefusal(connection());
  }

  boolean isOpen() {
    return closeReason == null && !removed;
  }

  /** Whether every stream that this side opened or wants has come to its end here. */
  boolean isIdle() {
    return wanted.isEmpty() && flowsOver == flows.size();
  }

  long bytesWritten() {
    return flows.values().stream().mapToLong(flow -> flow.written).sum();
  }

  long bytesRead() {
    return flows.values().stream().mapToLong(flow -> flow.read).sum();
  }

  @Override
  public String toString() {
    return (client ? "client " : "server ") + serverName + " " + origin() + " " + closeReason;
  }
}
