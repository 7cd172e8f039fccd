package io.hypermesh.byzantine.simulation;

import io.hypermesh.byzantine.Client;
import io.hypermesh.byzantine.ReplyCertificate;
import org.jspecify.annotations.Nullable;

/** A client with the number of requests that it still has to make. */
final class SimulatedClient {
  final Client client;
  int left;
  long wakeNanos = SimulatedReplica.NEVER;
  @Nullable ReplyCertificate last;

  SimulatedClient(Client client, int left) {
    this.client = client;
    this.left = left;
  }
}
