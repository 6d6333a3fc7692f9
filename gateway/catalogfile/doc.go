// Package catalogfile reads and writes catalogues in the template of the
// government directory guide (发改高技〔2017〕1272号): an .xlsx workbook with one
// resource a row and its information items in a second sheet, or one .csv table.
// Every row gets a report that says where, what is wrong and how to mend it; a
// hostile file gets an error, bounded memory and nothing else.
package catalogfile
