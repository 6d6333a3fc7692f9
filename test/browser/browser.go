package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"dengji/test/judge"
)

// patience bounds every wait of a test, so that a page that never comes to rest
// fails by name instead of by the timeout of the whole run.
const patience = 90 * time.Second

// process is the browser of a test binary: starting one costs about a second, a
// fresh page in it little.
var process struct {
	once   sync.Once
	ctx    context.Context
	end    func()
	err    error
	camera string // file of what its camera sees
}

// Main runs the tests of a package that opens pages, ends the browser, and exits.
func Main(m *testing.M) { os.Exit(Run(m)) }

// Run runs the tests of a package that opens pages, ends the browser, and gives the
// exit status.
func Run(m *testing.M) int {
	code := m.Run()
	if process.end != nil {
		process.end()
	}
	return code
}

// start brings the one browser up. Without a sandbox of its own it runs as root
// too; it is shown pages of this project only.
func start(t testing.TB) context.Context {
	t.Helper()
	program := judge.Program(t, "chromium", "chromium-browser", "google-chrome")
	process.once.Do(func() {
		folder, err := os.MkdirTemp("", "dengji-browser-")
		if err != nil {
			process.err = err
			return
		}
		process.camera = filepath.Join(folder, "camera.mjpeg")
		options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU,
			chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true), chromedp.Flag("lang", "zh-CN"),
			chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true),
			chromedp.Flag("use-file-for-fake-video-capture", process.camera))
		allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, end := chromedp.NewContext(allocator)
		process.ctx, process.end = ctx, func() { end(); endAllocator(); _ = os.RemoveAll(folder) }
		process.err = chromedp.Do(ctx)
	})
	require.NoError(t, process.err, "the browser does not start")
	return process.ctx
}

// Page is one tab with cookies and storage of its own. It belongs to one test and
// MUST NOT be used from several goroutines.
type Page struct {
	t   testing.TB
	ctx context.Context
}

// Open gives an empty page, 1280 by 900 pixels, that ends with the test.
func Open(t testing.TB) *Page {
	t.Helper()
	ctx, end := chromedp.NewContext(start(t), chromedp.WithNewBrowserContext())
	t.Cleanup(end)
	require.NoError(t, chromedp.Do(ctx), "no page opens") // the page lives as long as the context of its first action
	page := &Page{t, ctx}
	page.Do(chromedp.EmulateViewport(1280, 900))
	return page
}

// Do carries actions out, one after the other, and fails the test when one fails.
func (p *Page) Do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	for number, action := range actions {
		_, err := ask(p, action)
		require.NoError(p.t, err, "action %d of %d", number+1, len(actions))
	}
}

// Ask gives the value of a JavaScript expression; a promise is waited for.
func Ask[T any](p *Page, expression string) T {
	p.t.Helper()
	value, err := ask(p, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	require.NoError(p.t, err, "%s", expression)
	return value
}

func ask[T any](p *Page, action chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, action)
}

// Visit opens an address and waits until it has loaded.
func (p *Page) Visit(address string) {
	p.t.Helper()
	p.Do(chromedp.Navigate(address))
}

// Wait waits until an element of a CSS selector is visible.
func (p *Page) Wait(selector string) {
	p.t.Helper()
	_, err := ask(p, chromedp.WaitVisible(chromedp.CSS(selector)))
	if err != nil {
		require.NoError(p.t, err, "%s does not appear in:\n%s", selector, p.Text("body"))
	}
}

// Click waits for an element and clicks on it.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.Wait(selector)
	p.Do(chromedp.Click(chromedp.CSS(selector)))
}

// Type writes into a field, after what it holds.
func (p *Page) Type(selector, text string) {
	p.t.Helper()
	p.Wait(selector)
	p.Do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Choose puts files into a file field.
func (p *Page) Choose(selector string, paths ...string) {
	p.t.Helper()
	p.Do(chromedp.SetUploadFiles(chromedp.CSS(selector), paths))
}

// ShowToCamera lets the browser's camera see a JPEG picture. It has none before.
func (p *Page) ShowToCamera(picture []byte) {
	p.t.Helper()
	require.NoError(p.t, os.WriteFile(process.camera, picture, 0o600))
}

// Text gives what a reader sees of an element.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	return Ask[string](p, fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", selector))
}

// Resize changes the size of the window, in CSS pixels.
func (p *Page) Resize(width, height int64) {
	p.t.Helper()
	p.Do(chromedp.EmulateViewport(width, height))
}

// picturesVariable names a folder that pictures of pages are kept in, for people
// to look at.
const picturesVariable = "DENGJI_KEEP_PICTURES"

// Keep saves a picture of the whole page as NAME.png where the environment asks
// for pictures, and does nothing otherwise.
func (p *Page) Keep(name string) {
	p.t.Helper()
	folder := os.Getenv(picturesVariable)
	if folder == "" {
		return
	}
	picture, err := ask(p, chromedp.FullScreenshot(100))
	require.NoError(p.t, err)
	require.NoError(p.t, os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o600))
}
