package io.hypermesh.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.byzantine.ClientSettings;
import io.hypermesh.byzantine.Ed25519;
import io.hypermesh.byzantine.Event;
import io.hypermesh.byzantine.ReplyCertificate;
import io.hypermesh.byzantine.Request;
import io.hypermesh.byzantine.VoteLogException;
import io.hypermesh.byzantine.simulation.Behaviour;
import io.hypermesh.byzantine.simulation.Behaviours;
import io.hypermesh.stoq.StoqEndpoint;
import io.hypermesh.stoq.StoqException;
import io.hypermesh.stoq.StoqResumption;
import io.hypermesh.stoq.StoqSession;
import io.hypermesh.stoq.StoqSessionStore;
import io.hypermesh.trustchain.CertificateAuthority;
import io.hypermesh.trustchain.CertificateValidator;
import io.hypermesh.trustchain.IssuancePolicy;
import io.hypermesh.trustchain.KeyAlgorithm;
import io.hypermesh.trustchain.LiveKeyManager;
import io.hypermesh.trustchain.SubjectName;
import io.hypermesh.trustchain.TrustChainIdentity;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class HyperMeshNodeTest {
  private static final ClientSettings IMPATIENT =
      new ClientSettings(Duration.ofMillis(200), Duration.ofMillis(500), Duration.ofSeconds(2));

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
  void shouldOrderRequestsAndCertifyTheReplies() throws Exception {
    cluster.startAll();
    HyperMeshClient client = cluster.client("client");

    CompletableFuture<ReplyCertificate> first = client.submit("one".getBytes(UTF_8));
    CompletableFuture<ReplyCertificate> second = client.submit("two".getBytes(UTF_8));

    assertThat(get(first).result()).asString().isEqualTo("one");
    assertThat(get(second).result()).asString().isEqualTo("two");
    assertThat(get(second).sequence()).isGreaterThan(get(first).sequence());
    assertThat(get(second).verify(cluster.membership(), Ed25519.verifier())).isTrue();
    assertThat(get(second).client()).isEqualTo(client.id());
  }

  @Test
  void shouldHearFromMembersThatItSentNothingTo() throws Exception {
    cluster.startAll();
    ClientSettings toThePrimaryAlone =
        new ClientSettings(Duration.ofMinutes(5), Duration.ofMinutes(5), Duration.ofMinutes(5));
    HyperMeshClient client =
        cluster.client(cluster.identity("client"), builder -> builder.requests(toThePrimaryAlone));

    assertThat(get(client.submit("x".getBytes(UTF_8))).signers()).hasSizeGreaterThan(1);
  }

  @Test
  void shouldGoOnWithoutItsPrimary() throws Exception {
    cluster.startAll();
    HyperMeshClient client = cluster.client("client");
    get(client.submit("before".getBytes(UTF_8)));

    cluster.stop(0);

    assertThat(get(client.submit("after".getBytes(UTF_8))).result()).asString().isEqualTo("after");
    assertThat(cluster.node(1).progress().view()).isPositive();
  }

  @Test
  void shouldGoOnWhereItWasAfterARestartOfAllNodes() throws Exception {
    cluster.startAll();
    TrustChainIdentity identity = cluster.identity("client");
    ReplyCertificate before;
    try (HyperMeshClient client = cluster.client(identity, builder -> builder)) {
      before = get(client.submit("before".getBytes(UTF_8)));
    }
    cluster.stopAll();

    cluster.startAll();

    assertThat(cluster.await(2, Event.BlockExecuted.class).stateRoot())
        .isEqualTo(before.stateRoot());
    ReplyCertificate after =
        get(cluster.client(identity, builder -> builder).submit("after".getBytes(UTF_8)));
    assertThat(after.sequence()).isGreaterThan(before.sequence());
  }

  /** Who was connected doesn't need a full handshake because the node was started anew. */
  @Test
  void shouldKnowItsSessionsAfterARestart() throws Exception {
    BlockingQueue<StoqSession> kept = new LinkedBlockingQueue<>();
    StoqSessionStore store =
        new StoqSessionStore() {
          @Override
          public void put(Key key, StoqSession session) {
            kept.add(session);
          }

          @Override
          public @Nullable StoqSession take(Key key) {
            return kept.poll();
          }
        };
    TrustChainIdentity identity = cluster.identity("client");
    try (StoqEndpoint client =
        StoqEndpoint.builder()
            .bindAddress(new InetSocketAddress(InetAddress.ofLiteral("::1"), 0))
            .clientOnly()
            .alpns(HyperMeshNode.ALPN)
            .keyManager(new LiveKeyManager(identity))
            .trustManager(
                CertificateValidator.trusting(List.of(cluster.authority().root())).trustManager())
            .resumption(StoqResumption.builder().sessionStore(store).build())
            .start()) {
      try (HyperMeshNode node = cluster.builder(0).bind()) {
        assertThat(get(client.connect(node.localAddress())).isResumed()).isFalse();
        StoqSession session = kept.poll(20, TimeUnit.SECONDS);
        assertThat(session).isNotNull();
        kept.clear();
        kept.add(session);
      }
      try (HyperMeshNode again = cluster.builder(0).bind()) {
        assertThat(get(client.connect(again.localAddress())).isResumed()).isTrue();
      }
    }
  }

  @Test
  void shouldIsolateAMemberThatProposesTwoBlocksForOneSequenceNumber() throws Exception {
    cluster.startAll((index, builder) ->
        index == 0
            ? builder.transport(
                transport -> new Misbehaving(transport, cluster, Behaviours.equivocate()))
            : builder);
    HyperMeshClient client = cluster.client("client");

    assertThat(get(client.submit("x".getBytes(UTF_8))).result()).asString().isEqualTo("x");

    for (int correct = 1; correct < TestCluster.SIZE; correct++) {
      Event.ReplicaIsolated isolated = cluster.await(correct, Event.ReplicaIsolated.class);
      assertThat(isolated.replica()).isZero();
      assertThat(isolated.evidence().verify(cluster.membership(), Ed25519.verifier())).isTrue();
    }
  }

  @Test
  void shouldKeepWhoItConvictedCutOffAfterARestart() throws Exception {
    cluster.startAll((index, builder) ->
        index == 0
            ? builder.transport(
                transport -> new Misbehaving(transport, cluster, Behaviours.equivocate()))
            : builder);
    get(cluster.client("client").submit("x".getBytes(UTF_8)));
    cluster.await(1, Event.ReplicaIsolated.class);
    cluster.stop(1);
    BlockingQueue<Integer> cutOff = new LinkedBlockingQueue<>();

    try (HyperMeshNode restarted =
        cluster.builder(1).transport(transport -> watching(transport, cutOff)).bind()) {
      restarted.start(cluster.addresses());

      assertThat(cutOff.poll(20, TimeUnit.SECONDS)).isZero();
    }
  }

  private static ConsensusTransport watching(
      ConsensusTransport transport, BlockingQueue<Integer> cutOff) {
    return (ConsensusTransport)
        Proxy.newProxyInstance(
            HyperMeshNodeTest.class.getClassLoader(),
            new Class<?>[] {ConsensusTransport.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("isolate")) {
                cutOff.add((Integer) arguments[0]);
              }
              return method.invoke(transport, arguments);
            });
  }

  @Test
  void shouldNotTakeRequestsInOtherNamesFromAClient() throws Exception {
    cluster.startAll();
    HyperMeshClient client =
        cluster.client(
            cluster.identity("client"),
            builder -> builder.signer(Ed25519.generate(new SecureRandom())).requests(IMPATIENT));

    assertThatThrownBy(() -> get(client.submit("x".getBytes(UTF_8))))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("connected to 4 of 4 members, 0 answered");
    for (int i = 0; i < TestCluster.SIZE; i++) {
      assertThat(cluster.node(i).progress().executedSequence()).isZero();
    }
  }

  @Test
  void shouldBeClosedByWhatIsChainedToARequest() throws Exception {
    cluster.startAll();
    HyperMeshClient client = cluster.client("client");

    get(client.submit("x".getBytes(UTF_8)).whenComplete((done, failure) -> client.close()));

    assertThatThrownBy(() -> get(client.submit("y".getBytes(UTF_8))))
        .hasMessageContaining("the client is closed");
  }

  @Test
  void shouldTellToHowManyMembersItIsConnected() throws Exception {
    try (HyperMeshNode alone = cluster.builder(0).bind()) {
      assertThat(alone.connectedMembers()).isZero();
    }
    cluster.startAll();
    awaitConnectedMembers(TestCluster.SIZE - 1);

    cluster.stop(0);

    awaitConnectedMembers(TestCluster.SIZE - 2);
  }

  private void awaitConnectedMembers(int wanted) {
    long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (cluster.node(1).connectedMembers() != wanted) {
      assertThat(System.nanoTime()).isLessThan(deadlineNanos);
      Thread.onSpinWait();
    }
  }

  @Test
  void shouldTellTheClientThatTooFewMembersAnswer() throws Exception {
    cluster.startAll();
    HyperMeshClient client =
        cluster.client(cluster.identity("client"), builder -> builder.requests(IMPATIENT));
    get(client.submit("before".getBytes(UTF_8)));
    cluster.stop(1);
    cluster.stop(2);

    assertThatThrownBy(() -> get(client.submit("after".getBytes(UTF_8))))
        .isInstanceOfSatisfying(
            NodeException.class,
            e -> assertThat(e.category()).isEqualTo(NodeException.Category.RETRYABLE))
        .hasMessageMatching(
            "couldn't get request \\d+ answered by enough members within 2\\d+ ms.*");
  }

  @Test
  void shouldNotTalkToAClientOfAnotherAuthority() throws Exception {
    cluster.startAll();
    try (CertificateAuthority other =
        CertificateAuthority.builder()
            .directory(directory.resolve("other"))
            .name("Test")
            .policy(IssuancePolicy.names(List.of("::1/128")))
            .open()) {
      TrustChainIdentity stranger =
          other.issueIdentity("stranger", KeyAlgorithm.ED25519, List.of(SubjectName.ip("::1")));
      HyperMeshClient client = cluster.client(stranger, builder -> builder.requests(IMPATIENT));

      assertThatThrownBy(() -> get(client.submit("x".getBytes(UTF_8))))
          .isInstanceOf(NodeException.class)
          .hasMessageContaining("0 answered");
    }
    assertThat(cluster.node(0).progress().executedSequence()).isZero();
  }

  @Test
  void shouldFailWhatWaitsWhenTheClientCloses() throws Exception {
    cluster.startAll();
    cluster.stop(0);
    cluster.stop(1);
    HyperMeshClient client = cluster.client("client");
    CompletableFuture<ReplyCertificate> current = client.submit("x".getBytes(UTF_8));
    CompletableFuture<ReplyCertificate> waiting = client.submit("y".getBytes(UTF_8));

    client.close();

    assertThatThrownBy(() -> get(current)).hasMessageContaining("the client is closed");
    assertThatThrownBy(() -> get(waiting)).hasMessageContaining("the client is closed");
    assertThatThrownBy(() -> get(client.submit("z".getBytes(UTF_8))))
        .hasMessageContaining("the client is closed");
  }

  @Test
  void shouldRefuseARequestThatNoReplicaCouldRead() throws Exception {
    cluster.startAll();
    HyperMeshClient client = cluster.client("client");

    assertThatThrownBy(() -> get(client.submit(new byte[Request.PAYLOAD_BYTES_MAX + 1])))
        .isInstanceOfSatisfying(
            NodeException.class,
            e -> assertThat(e.category()).isEqualTo(NodeException.Category.CALLER_MISTAKE));
    assertThat(get(client.submit("fits".getBytes(UTF_8))).result()).asString().isEqualTo("fits");
  }

  @Test
  void shouldRefuseASignerThatIsNoMember() throws Exception {
    HyperMeshNode.Builder builder = cluster.builder(0).signer(Ed25519.generate(new SecureRandom()));

    assertThatThrownBy(builder::bind)
        .isInstanceOf(NodeException.class)
        .hasMessage("couldn't make a node because no member of test has the signer's key");
  }

  @Test
  void shouldRefuseAPortInUseInOneLineAndLetGoOfItsLog() throws Exception {
    try (HyperMeshNode first = cluster.builder(0).bind()) {
      HyperMeshNode.Builder second = cluster.builder(1).bindAddress(first.localAddress());

      assertThatThrownBy(second::bind)
          .isInstanceOf(StoqException.class)
          .hasMessageContaining("in use")
          .message()
          .doesNotContain("\n");
    }
    cluster.builder(1).bind().close();
  }

  @Test
  void shouldRefuseALogThatIsDamagedBeforeItsEnd() throws Exception {
    cluster.startAll();
    HyperMeshClient client = cluster.client("client");
    for (int i = 0; i < 3; i++) {
      get(client.submit(new byte[100]));
    }
    cluster.stopAll();
    Path log = cluster.home(2).resolve("votes.log");
    byte[] bytes = Files.readAllBytes(log);
    bytes[20] ^= 1;
    Files.write(log, bytes);

    assertThatThrownBy(() -> cluster.builder(2).bind())
        .isInstanceOf(VoteLogException.class)
        .hasMessageContaining("damaged")
        .hasMessageContaining("votes.log");
  }

  @Test
  void shouldNotStartTwiceNorAfterItsEnd() throws Exception {
    HyperMeshNode node = cluster.builder(0).bind();
    node.start(cluster.addresses());
    assertThatThrownBy(() -> node.start(cluster.addresses()))
        .isInstanceOf(IllegalStateException.class);
    node.close();
    node.close();
    assertThatThrownBy(() -> node.start(cluster.addresses()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void shouldSayWhatItWasNotGiven() {
    assertThatThrownBy(() -> HyperMeshNode.builder().bind())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("couldn't make a node because it has no membership");
    assertThatThrownBy(() -> HyperMeshClient.builder().start())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("couldn't make a client because it has no membership");
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    try {
      return future.get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  /** What member 0 sends passes through a behaviour. */
  private record Misbehaving(
      ConsensusTransport transport, Behaviour.Misbehaving self, Behaviour behaviour)
      implements ConsensusTransport {
    Misbehaving(ConsensusTransport transport, TestCluster cluster, Behaviour behaviour)
        throws RuntimeException {
      this(transport, self(cluster), behaviour);
    }

    private static Behaviour.Misbehaving self(TestCluster cluster) {
      try {
        return new Behaviour.Misbehaving(
            0, cluster.membership(), cluster.signer(0), new SecureRandom());
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public int poll(Handler handler, int limit, long nowNanos) {
      return transport.poll(handler, limit, nowNanos);
    }

    @Override
    public long nextDeadlineNanos() {
      return transport.nextDeadlineNanos();
    }

    @Override
    public void send(int replica, byte[] message) {
      if (replica != 0) {
        behaviour
            .send(self, replica, message)
            .forEach(sending -> transport.send(sending.to(), sending.message()));
      }
    }

    @Override
    public void reply(io.hypermesh.byzantine.ClientId client, byte[] message) {
      transport.reply(client, message);
    }

    @Override
    public void isolate(int replica) {
      transport.isolate(replica);
    }

    @Override
    public long droppedMessages() {
      return transport.droppedMessages();
    }

    @Override
    public void close() {
      transport.close();
    }
  }
}
