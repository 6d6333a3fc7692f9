package catalogfile_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"dengji/chaincode/ledger"
	"dengji/gateway/catalogfile"
)

const (
	provider = "11110000DJ00010157"
	foreign  = "11110108DJ0031310Q"
)

// sample gives a valid entry; change may spoil it.
func sample(identifier string, change ...func(*catalogfile.Entry)) catalogfile.Entry {
	entry := catalogfile.Entry{Provider: provider, Content: ledger.EntryContent{
		Identifier: identifier, Name: "公共汽电车线路站点信息", Classification: "主题信息资源类/交通出行",
		ProviderName: "北京市交通委员会", Summary: "线路、站点、首末班时间。", Format: "数据库",
		Items:       []ledger.InformationItem{{Name: "线路编号", Type: "C", Length: 20}, {Name: "开通日期", Type: "D"}},
		SharingType: "有条件共享", SharingCondition: "依申请，用于城市运行管理。", SharingMethod: "共享平台接口",
		OpenType: "无条件开放", UpdateCycle: "每月", PublishDate: "2025-03-01", Related: []string{"X1", "X2"},
		Industry: "G54", Division: "110000",
	}}
	for _, c := range change {
		c(&entry)
	}
	return entry
}

func workbookOf(t *testing.T, entries ...catalogfile.Entry) []byte {
	t.Helper()
	var buffer bytes.Buffer
	require.NoError(t, catalogfile.WriteWorkbook(&buffer, entries))
	return buffer.Bytes()
}

// edited changes a workbook as a person would with a spreadsheet program.
func edited(t *testing.T, content []byte, change func(*excelize.File)) []byte {
	t.Helper()
	file, err := excelize.OpenReader(bytes.NewReader(content))
	require.NoError(t, err)
	change(file)
	var buffer bytes.Buffer
	_, err = file.WriteTo(&buffer)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	return buffer.Bytes()
}

func parse(t *testing.T, name string, content []byte, options catalogfile.Options) catalogfile.Result {
	t.Helper()
	result, err := catalogfile.Parse(context.Background(), name, bytes.NewReader(content), int64(len(content)), options)
	require.NoError(t, err)
	return result
}
