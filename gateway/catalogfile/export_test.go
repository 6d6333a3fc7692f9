package catalogfile

// Titles gives the titles of all columns of the template.
func Titles() []string { return append(titles(resourceColumns), titles(itemColumns)...) }
