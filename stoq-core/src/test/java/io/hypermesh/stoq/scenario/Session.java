package io.hypermesh.stoq.scenario;

import io.hypermesh.stoq.connection.CloseReason;
import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.connection.ConnectionEvent;
import io.hypermesh.stoq.endpoint.EndpointConnection;
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

  /** Flows that may be able to move. */
  final ArrayDeque<Flow> ready = new ArrayDeque<>();

  String serverName = "";
  boolean established;
  boolean confirmed;
  boolean resumed;
  boolean earlyDataAccepted;
  boolean drained;
  boolean removed;

  /** Its endpoint has lost it, as by a crash. */
  boolean forgotten;

  int pathChanges;
  CloseReason closeReason;
  RuntimeException defect;

  /** What this side's host closed with, or -1. */
  long closedByHostWith = -1;

  /** Streams that have come to their end here. */
  int flowsOver;

  Session(EndpointConnection core, boolean client) {
    this.core = core;
    this.client = client;
  }

  Connection connection() {
    return core.connection();
  }

  boolean isOpen() {
    return closeReason == null && !removed;
  }

  /** Whether every stream that this side opened or wants has come to its end here. */
  boolean isIdle() {
    return wanted.isEmpty() && flowsOver == flows.size();
  }

  @Override
  public String toString() {
    return (client ? "client " : "server ") + serverName + " " + closeReason;
  }
}
