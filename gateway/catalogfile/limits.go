package catalogfile

// Limits of a catalogue file. What a single entry may hold is the ledger's
// business; these bound the work that one file can cause.
const (
	MaxFileBytes  = 32 << 20  // as uploaded
	MaxRows       = 20_000    // resources in one file, default of Options
	MaxStreamRows = 5_000_000 // resources in one streamed file
	MaxLineBytes  = 1 << 20   // a line of a .jsonl file
	MaxItemRows   = 500_000   // rows of the second sheet
	MaxColumns    = 100       // columns that are looked at
	MaxCell       = 32_767    // code points in a cell, Excel's own limit
	MaxProblems   = 5_000     // problems reported for one file; the rest are counted
	headerDepth   = 10        // rows among which the column titles are looked for
	maxParts      = 2_000     // files inside a workbook
	maxSheets     = 50        // worksheets inside a workbook
	maxSheetBytes = 256 << 20
	maxTextBytes  = 32 << 20 // shared strings, unpacked
	maxOtherBytes = 16 << 20 // styles, relations, drawings and so on, unpacked
	memoryBytes   = 4 << 20  // a larger sheet is unpacked to a temporary file
	maxHazards    = 1_000    // merged ranges or formulas that are remembered one by one
)
