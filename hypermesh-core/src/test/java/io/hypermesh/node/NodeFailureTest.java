package io.hypermesh.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.byzantine.Application;
import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.Snapshot;
import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.driver.DatagramHandler;
import io.hypermesh.stoq.driver.DriverKind;
import io.hypermesh.stoq.driver.ForwardingDatagramDriver;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How a node ends that can't go on, and what it lets go of. */
@Timeout(60)
class NodeFailureTest {
  @TempDir Path directory;
  private TestCluster cluster;

  @BeforeEach
  void open() throws Exception {
    cluster = new TestCluster(directory);
  }

  @AfterEach
  void close() throws Exception {
    cluster.close();
  }

  @Test
  void shouldEndWhereItsApplicationThrowsAnErrorAndBeClosedByItsListener() throws Exception {
    CompletableFuture<NodeException> failed = new CompletableFuture<>();
    cluster.startAll((index, builder) ->
        index == 2
            ? builder
                .application(new Broken())
                .listener(
                    new NodeListener() {
                      @Override
                      public void onFailure(NodeException failure) {
                        cluster.node(2).close();
                        failed.complete(failure);
                      }
                    })
            : builder);

    cluster.client("client").submit("x".getBytes(UTF_8)).get(20, TimeUnit.SECONDS);

    assertThat(failed.get(20, TimeUnit.SECONDS).category()).isEqualTo(NodeException.Category.FATAL);
    assertThat(cluster.node(2).failure()).hasRootCauseInstanceOf(StackOverflowError.class);
    cluster.stop(2);
    cluster.builder(2).bind().close();
  }

  @Test
  void shouldSayThatItsSocketFailed() throws Exception {
    CompletableFuture<NodeException> failed = new CompletableFuture<>();
    AtomicBoolean broken = new AtomicBoolean();
    HyperMeshNode node =
        cluster
            .builder(0)
            .endpoint(endpoint -> endpoint.driver(address -> breakable(address, broken)))
            .listener(
                new NodeListener() {
                  @Override
                  public void onFailure(NodeException failure) {
                    failed.complete(failure);
                  }
                })
            .bind();
    node.start(cluster.addresses());

    broken.set(true);
    wakeUp(node.localAddress());

    assertThat(failed.get(20, TimeUnit.SECONDS)).hasStackTraceContaining("the cable is gone");
    assertThat(node.failure()).isNotNull();
    node.close();
  }

  /**
   * The endpoint looks at its socket when something arrives there, and nobody else calls this one.
   */
  private static void wakeUp(InetSocketAddress node) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.send(new DatagramPacket(new byte[1], 1, node));
    }
  }

  private static DatagramDriver breakable(InetSocketAddress address, AtomicBoolean broken)
      throws IOException {
    return new ForwardingDatagramDriver(DriverKind.preferred().open(address)) {
      @Override
      public int receive(DatagramHandler handler, int limit) throws IOException {
        if (broken.get()) {
          throw new IOException("the cable is gone");
        }
        return super.receive(handler, limit);
      }
    };
  }

  @Test
  void shouldLetGoOfItsSocketAlsoWhereItNeverStarted() throws Exception {
    HyperMeshNode node = cluster.builder(0).bind();
    InetSocketAddress address = node.localAddress();
    node.close();

    HyperMeshNode.Builder unwrapped =
        cluster
            .builder(0)
            .bindAddress(address)
            .transport(transport -> {
              throw new IllegalStateException("no transport");
            });
    assertThatThrownBy(unwrapped::bind).hasMessage("no transport");
    cluster.builder(0).bindAddress(address).bind().close();
  }

  /** Recurses without end where a correct one executes. */
  private static final class Broken implements Application {
    private final EchoApplication correct = new EchoApplication();

    @Override
    public List<byte[]> execute(Block block) {
      throw new StackOverflowError();
    }

    @Override
    public byte[] stateRoot() {
      return correct.stateRoot();
    }

    @Override
    public Snapshot snapshot() {
      return correct.snapshot();
    }

    @Override
    public void restore(long sequence, Snapshot snapshot) {
      correct.restore(sequence, snapshot);
    }
  }
}
