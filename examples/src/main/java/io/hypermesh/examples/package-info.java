/** Runnable programs, each a page of code to copy. */
package io.hypermesh.examples;
