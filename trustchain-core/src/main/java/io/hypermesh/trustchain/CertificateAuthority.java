package io.hypermesh.trustchain;

import io.hypermesh.trustchain.asn1.MalformedException;
import io.hypermesh.trustchain.asn1.X509Certificates;
import io.hypermesh.trustchain.issuance.AuthorityFiles;
import io.hypermesh.trustchain.issuance.CertificateTemplate;
import io.hypermesh.trustchain.issuance.IssuancePipeline;
import io.hypermesh.trustchain.issuance.IssuanceRecord;
import io.hypermesh.trustchain.issuance.IssuanceStore;
import io.hypermesh.trustchain.issuance.Issuer;
import io.hypermesh.trustchain.store.StoreLock;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A certificate authority: a root and an issuer, a policy, and a transparency log that has every
 * certificate before anybody else.
 *
 * <p>An issuance goes request → profile, key, names, policy → lint → precertificate → log → signed
 * timestamp → final certificate → store. Guarantees:
 *
 * <ul>
 *   <li>A certificate that was handed out is in the log and in the store, on disk, whatever happens
 *       after.
 *   <li>A request id that was answered is answered with the same certificate for ever, across
 *       restarts and however many threads ask at once; the same id with another request is refused.
 *   <li>A refused request leaves no trace.
 * </ul>
 *
 * <p>Any number of threads may call any method; issuances of many threads share their disk writes.
 * References: RFC 5280, RFC 2986, RFC 6962; C2SP static-ct-api.
 */
public final class CertificateAuthority implements AutoCloseable {
  private final StoreLock lock;
  private final TransparencyLog log;
  private final boolean ownsLog;
  private final IssuanceStore store;
  private final X509Certificate root;
  private final Issuer issuer;
  private final IssuancePipeline pipeline;
  private final InstantSource clock;
  private final SecureRandom random;
  private final ConcurrentHashMap<String, Running> running = new ConcurrentHashMap<>();

  private record Running(MerkleHash requestHash, CompletableFuture<CertificateIssuance> result) {}

  CertificateAuthority(
      CertificateAuthorityBuilder builder,
      StoreLock lock,
      TransparencyLog log,
      boolean ownsLog,
      IssuanceStore store,
      X509Certificate root,
      Issuer issuer) {
    this.lock = lock;
    this.log = log;
    this.ownsLog = ownsLog;
    this.store = store;
    this.root = root;
    this.issuer = issuer;
    this.pipeline = builder.pipeline();
    this.clock = builder.clock;
    this.random = builder.random;
  }

  /**
   * Starts to describe an authority.
   *
   * @return a builder
   */
  public static CertificateAuthorityBuilder builder() {
    return new CertificateAuthorityBuilder();
  }

  /**
   * Answers a request with a certificate.
   *
   * @param request the request
   * @return the issuance, on disk
   * @throws IssuanceException where the request is refused
   * @throws StoreException where something could not be made durable; the same request may be made
   *     again
   * @throws TransparencyException where the log is full or a key's provider failed
   */
  public CertificateIssuance issue(CertificateRequest request)
      throws IssuanceException, StoreException, TransparencyException {
    MerkleHash hash = IssuancePipeline.hash(request);
    CertificateIssuance known = known(request, hash);
    if (known != null) {
      return known;
    }
    Running mine = new Running(hash, new CompletableFuture<>());
    Running other = running.putIfAbsent(request.requestId(), mine);
    if (other != null) {
      requireSameRequest(request, hash, other.requestHash());
      return await(other.result());
    }
    try {
      // Another thread may have finished the same request just before this one registered.
      known = known(request, hash);
      CertificateIssuance issuance = known != null ? known : issueNew(request, hash);
      mine.result().complete(issuance);
      return issuance;
    } catch (IssuanceException
        | StoreException
        | TransparencyException
        | RuntimeException
        | Error e) {
      // Errors too, or whoever waits for the same request would wait for ever.
      mine.result().completeExceptionally(e);
      throw e;
    } finally {
      running.remove(request.requestId(), mine);
    }
  }

  private @Nullable CertificateIssuance known(CertificateRequest request, MerkleHash hash)
      throws IssuanceException, StoreException {
    IssuanceRecord found = store.find(request.requestId());
    if (found == null) {
      return null;
    }
    requireSameRequest(request, hash, found.requestHash());
    return issuance(found);
  }

  private static void requireSameRequest(
      CertificateRequest request, MerkleHash hash, MerkleHash earlier) throws IssuanceException {
    if (!hash.equals(earlier)) {
      throw new IssuanceException(
          IssuanceException.Rule.REQUEST_ID,
          "the request id was used for another request: " + request.requestId());
    }
  }

  private static CertificateIssuance await(CompletableFuture<CertificateIssuance> result)
      throws IssuanceException, StoreException, TransparencyException {
    try {
      return result.join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case IssuanceException cause -> throw cause;
        case StoreException cause -> throw cause;
        case TransparencyException cause -> throw cause;
        case null, default -> throw e;
      }
    }
  }

  private CertificateIssuance issueNew(CertificateRequest request, MerkleHash hash)
      throws IssuanceException, StoreException, TransparencyException {
    CertificateTemplate template = pipeline.template(request, issuer, clock.instant(), random);
    try {
      byte[] precertificate = issuer.signEncoded(template.precertificate());
      LoggedEntry logged =
          log.append(LogEntry.precertificate(precertificate, List.of(issuer.certificate(), root)));
      byte[] certificate = issuer.signEncoded(template.withTimestamps(List.of(logged.timestamp())));
      IssuanceRecord issued =
          new IssuanceRecord(
              request.requestId(),
              AuthorityFiles.FIRST_ISSUER,
              hash,
              logged.leafIndex(),
              certificate);
      store.add(issued);
      return issuance(issued);
    } catch (GeneralSecurityException e) {
      throw TransparencyException.fatal("couldn't sign with the issuer's key", e);
    }
  }

  private CertificateIssuance issuance(IssuanceRecord issued) throws StoreException {
    try {
      X509Certificate certificate = X509Certificates.parse(issued.certificate());
      return new CertificateIssuance(
          issued.requestId(),
          List.of(certificate, issuer.certificate()),
          root,
          LogIdentity.embeddedTimestamps(certificate).getFirst(),
          issued.leafIndex());
    } catch (MalformedException | TransparencyException e) {
      throw StoreException.io("read the issuance from", store.file(), e);
    }
  }

  /**
   * Generates a key in this process and certifies it.
   *
   * @param requestId the request's id; unlike {@link #issue}, a second call with it is refused, as
   *     the key of the first is not kept
   * @param algorithm the kind of key
   * @param names the names
   * @return the key with its chain
   * @throws IssuanceException where the request is refused
   * @throws StoreException where something could not be made durable
   * @throws TransparencyException where the log is full or a key's provider failed
   */
  public TrustChainIdentity issueIdentity(
      String requestId, KeyAlgorithm algorithm, List<SubjectName> names)
      throws IssuanceException, StoreException, TransparencyException {
    KeyPair pair = algorithm.generate(random);
    CertificateIssuance issuance = issue(CertificateRequest.of(requestId, pair.getPublic(), names));
    return new TrustChainIdentity(pair.getPrivate(), issuance.chain());
  }

  /**
   * Finds what a request got.
   *
   * @param requestId the request's id
   * @return the issuance, or null where the id was never answered
   * @throws StoreException where it can't be read
   */
  public @Nullable CertificateIssuance find(String requestId) throws StoreException {
    IssuanceRecord found = store.find(requestId);
    return found == null ? null : issuance(found);
  }

  /**
   * Proves that an issuance is in the log, by a checkpoint of the log as it is now.
   *
   * @param issuance the issuance
   * @return the proof, for {@link IssuanceProof#verify}
   * @throws StoreException where the log can't be read or the checkpoint can't be kept
   * @throws TransparencyException where a key's provider failed
   */
  public IssuanceProof proof(CertificateIssuance issuance)
      throws StoreException, TransparencyException {
    Checkpoint checkpoint = log.checkpoint();
    return new IssuanceProof(
        checkpoint.note(), log.inclusionProof(issuance.leafIndex(), checkpoint.treeSize()));
  }

  /**
   * The root, which relying parties trust.
   *
   * @return its certificate
   */
  public X509Certificate root() {
    return root;
  }

  /**
   * The issuer that signs.
   *
   * @return its certificate
   */
  public X509Certificate issuer() {
    return issuer.certificate();
  }

  /**
   * The log that has every certificate.
   *
   * @return the log, open as long as this authority is
   */
  public TransparencyLog log() {
    return log;
  }

  /**
   * How many certificates were issued.
   *
   * @return the number
   */
  public int issuedCount() {
    return store.size();
  }

  /** Closes the store, and the log where the builder opened it. */
  @Override
  public void close() throws StoreException {
    try (lock) {
      store.close();
      if (ownsLog) {
        log.close();
      }
    }
  }
}
