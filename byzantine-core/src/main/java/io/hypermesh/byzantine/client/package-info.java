/** The client's side: which replies count together. */
package io.hypermesh.byzantine.client;
