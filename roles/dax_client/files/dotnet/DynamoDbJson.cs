// Copyright: dax.cross_account contributors
// SPDX-License-Identifier: GPL-3.0-or-later

using System.Text.Encodings.Web;
using System.Text.Json;
using Amazon.DynamoDBv2.Model;

namespace DaxCrossAccount;

/// <summary>DynamoDB JSON such as {"pk": {"S": "1"}}, to and from the SDK's attribute values; binary is base64.</summary>
internal static class DynamoDbJson
{
    public static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="JsonException">The text is not JSON.</exception>
    /// <exception cref="FormatException">The text is not DynamoDB JSON.</exception>
    /// <exception cref="InvalidOperationException">A value has another type than its tag says.</exception>
    public static Dictionary<string, AttributeValue> Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        return Attributes(document.RootElement);
    }

    public static Dictionary<string, object> Plain(Dictionary<string, AttributeValue> item) =>
        item.ToDictionary(each => each.Key, each => Tagged(each.Value));

    private static object Tagged(AttributeValue value)
    {
        var (tag, content) = value switch
        {
            { S: not null } => ("S", (object)value.S),
            { N: not null } => ("N", value.N),
            { B: not null } => ("B", Base64(value.B)),
            { BOOL: not null } => ("BOOL", value.BOOL),
            { NULL: not null } => ("NULL", value.NULL),
            { SS: not null } => ("SS", value.SS),
            { NS: not null } => ("NS", value.NS),
            { BS: not null } => ("BS", value.BS.Select(Base64).ToList()),
            { L: not null } => ("L", value.L.Select(Tagged).ToList()),
            { M: not null } => ("M", Plain(value.M)),
            _ => throw new FormatException("unknown attribute value"),
        };
        return new Dictionary<string, object> { [tag] = content };
    }

    private static Dictionary<string, AttributeValue> Attributes(JsonElement map) =>
        map.EnumerateObject().ToDictionary(each => each.Name, each => Value(each.Value));

    private static AttributeValue Value(JsonElement tagged)
    {
        var tag = tagged.EnumerateObject().ToList() is [var only] ? only : throw new FormatException("one type is needed");
        var content = tag.Value;
        return tag.Name switch
        {
            "S" => new AttributeValue { S = content.GetString() },
            "N" => new AttributeValue { N = content.GetString() },
            "B" => new AttributeValue { B = new MemoryStream(content.GetBytesFromBase64()) },
            "BOOL" => new AttributeValue { BOOL = content.GetBoolean() },
            "NULL" => new AttributeValue { NULL = content.GetBoolean() },
            "SS" => new AttributeValue { SS = [.. content.EnumerateArray().Select(each => each.GetString()!)] },
            "NS" => new AttributeValue { NS = [.. content.EnumerateArray().Select(each => each.GetString()!)] },
            "BS" => new AttributeValue { BS = [.. content.EnumerateArray().Select(each => new MemoryStream(each.GetBytesFromBase64()))] },
            "L" => new AttributeValue { L = [.. content.EnumerateArray().Select(Value)] },
            "M" => new AttributeValue { M = Attributes(content) },
            _ => throw new FormatException($"unknown type {tag.Name}"),
        };
    }

    private static string Base64(MemoryStream bytes) => Convert.ToBase64String(bytes.ToArray());
}
