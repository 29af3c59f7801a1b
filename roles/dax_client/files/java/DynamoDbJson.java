// Copyright: dax.cross_account contributors
// SPDX-License-Identifier: GPL-3.0-or-later

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.StreamSupport;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** DynamoDB JSON such as {"pk": {"S": "1"}}, to and from the SDK's attribute values; binary is base64. */
final class DynamoDbJson {
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

    private DynamoDbJson() {}

    /** @throws IllegalArgumentException when the text is not DynamoDB JSON */
    static Map<String, AttributeValue> parse(String text) {
        try {
            return attributes(JsonParser.parseString(text).getAsJsonObject());
        } catch (RuntimeException error) {
            throw new IllegalArgumentException(error);
        }
    }

    static String print(Object value) {
        return GSON.toJson(value);
    }

    static Map<String, Object> plain(Map<String, AttributeValue> item) {
        Map<String, Object> result = new LinkedHashMap<>();
        item.forEach((name, value) -> result.put(name, tagged(value)));
        return result;
    }

    private static Map<String, Object> tagged(AttributeValue value) {
        String type = value.type() == AttributeValue.Type.NUL ? "NULL" : value.type().name();
        return Map.of(type, content(value));
    }

    private static Object content(AttributeValue value) {
        return switch (value.type()) {
            case S -> value.s();
            case N -> value.n();
            case B -> base64(value.b());
            case BOOL -> value.bool();
            case NUL -> value.nul();
            case SS -> value.ss();
            case NS -> value.ns();
            case BS -> value.bs().stream().map(DynamoDbJson::base64).toList();
            case L -> value.l().stream().map(DynamoDbJson::tagged).toList();
            case M -> plain(value.m());
            default -> throw new IllegalStateException("unknown attribute value " + value);
        };
    }

    private static Map<String, AttributeValue> attributes(JsonObject object) {
        Map<String, AttributeValue> result = new LinkedHashMap<>();
        object.entrySet().forEach(entry -> result.put(entry.getKey(), value(entry.getValue().getAsJsonObject())));
        return result;
    }

    private static AttributeValue value(JsonObject tagged) {
        if (tagged.size() != 1) {
            throw new IllegalArgumentException("one type is needed");
        }
        var entry = tagged.entrySet().iterator().next();
        JsonElement content = entry.getValue();
        return switch (entry.getKey()) {
            case "S" -> AttributeValue.fromS(content.getAsString());
            case "N" -> AttributeValue.fromN(content.getAsString());
            case "B" -> AttributeValue.fromB(bytes(content));
            case "BOOL" -> AttributeValue.fromBool(content.getAsBoolean());
            case "NULL" -> AttributeValue.fromNul(content.getAsBoolean());
            case "SS" -> AttributeValue.fromSs(list(content, JsonElement::getAsString));
            case "NS" -> AttributeValue.fromNs(list(content, JsonElement::getAsString));
            case "BS" -> AttributeValue.fromBs(list(content, DynamoDbJson::bytes));
            case "L" -> AttributeValue.fromL(list(content, each -> value(each.getAsJsonObject())));
            case "M" -> AttributeValue.fromM(attributes(content.getAsJsonObject()));
            default -> throw new IllegalArgumentException("unknown type " + entry.getKey());
        };
    }

    private static <T> List<T> list(JsonElement array, Function<JsonElement, T> convert) {
        return StreamSupport.stream(array.getAsJsonArray().spliterator(), false).map(convert).toList();
    }

    private static SdkBytes bytes(JsonElement base64) {
        return SdkBytes.fromByteArray(Base64.getDecoder().decode(base64.getAsString()));
    }

    private static String base64(SdkBytes bytes) {
        return Base64.getEncoder().encodeToString(bytes.asByteArray());
    }
}
