package artefact

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// Numbers of the fields in Fabric's messages (hyperledger/fabric-protos, common,
// peer and msp), of which an outsider needs these alone.
const (
	responsePayload           protowire.Number = 5 // ProposalResponse.payload
	responseEndorsement       protowire.Number = 6 // ProposalResponse.endorsement
	endorsementEndorser       protowire.Number = 1
	endorsementSignature      protowire.Number = 2
	payloadExtension          protowire.Number = 2 // ProposalResponsePayload.extension, a ChaincodeAction
	actionResponse            protowire.Number = 3
	actionChaincodeID         protowire.Number = 4
	chaincodeResponseStatus   protowire.Number = 1
	chaincodeResponsePayload  protowire.Number = 3
	chaincodeIDName           protowire.Number = 2
	serializedIdentityMSP     protowire.Number = 1
	serializedIdentityIDBytes protowire.Number = 2

	envelopePayload      protowire.Number = 1 // Envelope.payload, a Payload
	headerData           protowire.Number = 2 // Payload.data, a Transaction
	transactionAction    protowire.Number = 1 // Transaction.actions, one
	actionPayload        protowire.Number = 2 // TransactionAction.payload, a ChaincodeActionPayload
	endorsedAction       protowire.Number = 2 // ChaincodeActionPayload.action, a ChaincodeEndorsedAction
	endorsedPayload      protowire.Number = 1
	endorsedEndorsements protowire.Number = 2 // repeated
)

func parseProposalResponse(response []byte) (payload []byte, endorsement Endorsement, err error) {
	fields, err := parseMessage(response, 0)
	if err != nil {
		return nil, Endorsement{}, err
	}
	payload = fields.bytes[responsePayload]
	if len(payload) == 0 {
		return nil, Endorsement{}, fmt.Errorf("%w: not a proposal response", ErrMalformed)
	}
	endorsement, err = parseEndorsement(fields.bytes[responseEndorsement])
	return payload, endorsement, err
}

func parseEndorsement(content []byte) (Endorsement, error) {
	fields, err := parseMessage(content, 0)
	if err != nil {
		return Endorsement{}, err
	}
	endorsement := Endorsement{Endorser: fields.bytes[endorsementEndorser], Signature: fields.bytes[endorsementSignature]}
	if len(endorsement.Endorser) == 0 || len(endorsement.Signature) == 0 {
		return Endorsement{}, fmt.Errorf("%w: not an endorsement", ErrMalformed)
	}
	return endorsement, nil
}

// message is one level of a protobuf message.
type message struct {
	bytes    map[protowire.Number][]byte
	numbers  map[protowire.Number]uint64
	repeated [][]byte // the values of the one field that may stand more than once
}

// parseMessage reads one level of a message. A field other than repeated that
// stands in it twice is refused: readers differ on which one counts.
func parseMessage(content []byte, repeated protowire.Number) (message, error) {
	fields := message{bytes: map[protowire.Number][]byte{}, numbers: map[protowire.Number]uint64{}}
	seen := map[protowire.Number]bool{}
	for len(content) > 0 {
		number, kind, length := protowire.ConsumeTag(content)
		if length < 0 {
			return message{}, fmt.Errorf("%w: protobuf: %w", ErrMalformed, protowire.ParseError(length))
		}
		if seen[number] && number != repeated {
			return message{}, fmt.Errorf("%w: protobuf: field %d stands twice", ErrMalformed, number)
		}
		seen[number] = true
		content = content[length:]
		if length = fields.consume(number, kind, content); length < 0 {
			return message{}, fmt.Errorf("%w: protobuf: %w", ErrMalformed, protowire.ParseError(length))
		}
		if number == repeated {
			fields.repeated = append(fields.repeated, fields.bytes[number])
		}
		content = content[length:]
	}
	return fields, nil
}

func (m message) consume(number protowire.Number, kind protowire.Type, content []byte) (length int) {
	switch kind {
	case protowire.BytesType:
		m.bytes[number], length = protowire.ConsumeBytes(content)
	case protowire.VarintType:
		m.numbers[number], length = protowire.ConsumeVarint(content)
	default:
		length = protowire.ConsumeFieldValue(number, kind, content)
	}
	return length
}

// descend follows a path of nested messages.
func descend(content []byte, path ...protowire.Number) ([]byte, error) {
	for _, number := range path {
		fields, err := parseMessage(content, 0)
		if err != nil {
			return nil, err
		}
		content = fields.bytes[number]
	}
	return content, nil
}
