// Copyright: dax.cross_account contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// tagged is one DynamoDB value as in {"S": "text"}; exactly one field is set. encoding/json does base64 for [][]byte.
type tagged struct {
	S    *string            `json:",omitempty"`
	N    *string            `json:",omitempty"`
	B    *[]byte            `json:",omitempty"`
	BOOL *bool              `json:",omitempty"`
	NULL *bool              `json:",omitempty"`
	SS   []string           `json:",omitempty"`
	NS   []string           `json:",omitempty"`
	BS   [][]byte           `json:",omitempty"`
	L    *[]tagged          `json:",omitempty"`
	M    *map[string]tagged `json:",omitempty"`
}

// fromJSON reads DynamoDB JSON such as {"pk": {"S": "1"}}.
func fromJSON(text string) (map[string]types.AttributeValue, error) {
	wrong := fmt.Errorf(`is not DynamoDB JSON such as {"pk": {"S": "1"}}: %s`, text)
	decoder := json.NewDecoder(bytes.NewBufferString(text))
	decoder.DisallowUnknownFields()
	var attributes map[string]tagged
	if err := decoder.Decode(&attributes); err != nil || attributes == nil {
		return nil, wrong
	}
	item := map[string]types.AttributeValue{}
	for name, each := range attributes {
		value := each.value()
		if value == nil {
			return nil, wrong
		}
		item[name] = value
	}
	return item, nil
}

func (t tagged) value() types.AttributeValue {
	switch {
	case t.S != nil:
		return &types.AttributeValueMemberS{Value: *t.S}
	case t.N != nil:
		return &types.AttributeValueMemberN{Value: *t.N}
	case t.B != nil:
		return &types.AttributeValueMemberB{Value: *t.B}
	case t.BOOL != nil:
		return &types.AttributeValueMemberBOOL{Value: *t.BOOL}
	case t.NULL != nil:
		return &types.AttributeValueMemberNULL{Value: *t.NULL}
	case t.SS != nil:
		return &types.AttributeValueMemberSS{Value: t.SS}
	case t.NS != nil:
		return &types.AttributeValueMemberNS{Value: t.NS}
	case t.BS != nil:
		return &types.AttributeValueMemberBS{Value: t.BS}
	case t.L != nil:
		list := &types.AttributeValueMemberL{Value: []types.AttributeValue{}}
		for _, each := range *t.L {
			list.Value = append(list.Value, each.value())
		}
		return list
	case t.M != nil:
		members := &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{}}
		for name, each := range *t.M {
			members.Value[name] = each.value()
		}
		return members
	}
	return nil
}

// toJSON turns an item into what encoding/json prints as DynamoDB JSON.
func toJSON(item map[string]types.AttributeValue) map[string]tagged {
	attributes := map[string]tagged{}
	for name, value := range item {
		attributes[name] = tag(value)
	}
	return attributes
}

func tag(value types.AttributeValue) tagged {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return tagged{S: &v.Value}
	case *types.AttributeValueMemberN:
		return tagged{N: &v.Value}
	case *types.AttributeValueMemberB:
		b := append([]byte{}, v.Value...) // never nil: an empty binary is "" and not null
		return tagged{B: &b}
	case *types.AttributeValueMemberBOOL:
		return tagged{BOOL: &v.Value}
	case *types.AttributeValueMemberNULL:
		return tagged{NULL: &v.Value}
	case *types.AttributeValueMemberSS:
		return tagged{SS: v.Value}
	case *types.AttributeValueMemberNS:
		return tagged{NS: v.Value}
	case *types.AttributeValueMemberBS:
		return tagged{BS: v.Value}
	case *types.AttributeValueMemberL:
		list := []tagged{}
		for _, each := range v.Value {
			list = append(list, tag(each))
		}
		return tagged{L: &list}
	case *types.AttributeValueMemberM:
		members := toJSON(v.Value)
		return tagged{M: &members}
	}
	panic(fmt.Sprintf("unknown attribute value %T", value))
}

// show prints one line of JSON on stdout.
func show(result map[string]any) {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(result); err != nil {
		fail(failed, "cannot write to stdout: %v", err)
	}
}
