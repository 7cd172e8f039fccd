package io.hypermesh.stoq.handshake;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/** A key manager with one identity at a time, which tests rotate. */
public class OneKeyManager extends X509ExtendedKeyManager {
  private PrivateKey key;
  private List<X509Certificate> chain;

  /**
   * @param chain own certificate first
   */
  public OneKeyManager(PrivateKey key, List<X509Certificate> chain) {
    this.key = key;
    this.chain = chain;
  }

  OneKeyManager(TestIdentities.Identity identity) {
    this(identity.key(), identity.chain());
  }

  void rotate(TestIdentities.Identity next) {
    key = next.key();
    chain = next.chain();
  }

  private String aliasFor(String keyType) {
    String own = chain.getFirst().getPublicKey().getAlgorithm();
    return own.equals(keyType) ? "own" : null;
  }

  @Override
  public String chooseEngineClientAlias(String[] keyTypes, Principal[] issuers, SSLEngine engine) {
    for (String keyType : keyTypes) {
      if (aliasFor(keyType) != null) {
        return "own";
      }
    }
    return null;
  }

  @Override
  public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
    return aliasFor(keyType);
  }

  @Override
  public X509Certificate[] getCertificateChain(String alias) {
    return chain.toArray(X509Certificate[]::new);
  }

  @Override
  public PrivateKey getPrivateKey(String alias) {
    return key;
  }

  @Override
  public String[] getClientAliases(String keyType, Principal[] issuers) {
    throw new UnsupportedOperationException();
  }

  @Override
  public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
    throw new UnsupportedOperationException();
  }

  @Override
  public String[] getServerAliases(String keyType, Principal[] issuers) {
    throw new UnsupportedOperationException();
  }

  @Override
  public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
    throw new UnsupportedOperationException();
  }
}
