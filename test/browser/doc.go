// Package browser drives a headless Chromium for tests: pages are opened, read
// and clicked as a person would, and judged by axe-core.
package browser
