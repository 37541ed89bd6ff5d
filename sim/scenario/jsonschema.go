package scenario

import (
	"encoding/json"
	"maps"
)

// jsonSchema is a schema as JSON Schema 2020-12 writes it.
type jsonSchema map[string]any

// JSONSchema returns what editors need to know of scenario files: every key with its type, its
// default and what it says. What a file says of keys together, it does not tell.
func JSONSchema() []byte {
	top := formOf(schema).jsonSchema()
	top["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	top["title"] = "Scenario of a Raft cluster"
	top["$defs"] = jsonSchema{"distribution": distributionSchema()}
	text, err := json.MarshalIndent(top, "", "  ")
	if err != nil {
		panic("scenario: " + err.Error())
	}
	return append(text, '\n')
}

// jsonSchema is that of the form's values.
func (f form) jsonSchema() jsonSchema {
	if f.members == nil {
		return f.schema
	}
	properties := jsonSchema{}
	var required []string
	for _, m := range f.members {
		properties[m.name] = m.jsonSchema()
		if m.needed {
			required = append(required, m.name)
		}
	}
	object := objectSchema(properties, required...)
	maps.Copy(object, f.schema)
	if f.many {
		return jsonSchema{"type": "array", "items": object}
	}
	return object
}

// withSchema is a kind of tables of which editors know more than their members.
func withSchema[V any](more jsonSchema, k kind[V]) kind[V] {
	k.schema = more
	return k
}

func objectSchema(properties jsonSchema, required ...string) jsonSchema {
	object := jsonSchema{
		"type": "object", "additionalProperties": false, "properties": properties,
	}
	if len(required) > 0 {
		object["required"] = required
	}
	return object
}

// jsonSchema is that of the member's values, with what it says and its default.
func (m member) jsonSchema() jsonSchema {
	s := maps.Clone(m.form.jsonSchema())
	about := m.about
	if m.later {
		about = "Not yet simulated: " + about
	}
	if about != "" {
		s["description"] = about
	}
	if m.preset != "" {
		s["default"] = m.presetNode().plain()
	}
	return s
}

// plain returns what a node says as JSON knows it.
func (n *node) plain() any {
	switch n.shape {
	case array:
		list := []any{}
		for _, c := range n.children {
			list = append(list, c.plain())
		}
		return list
	case table:
		object := map[string]any{}
		for _, c := range n.children {
			object[c.key] = c.plain()
		}
		return object
	}
	return n.value
}

// distributionSchema is a duration, or any shape of distribution.
func distributionSchema() jsonSchema {
	shapes := []jsonSchema{anySpan.schema}
	for _, d := range distributions {
		s := d.jsonSchema()
		s["description"] = d.about
		shapes = append(shapes, s)
	}
	return jsonSchema{"anyOf": shapes}
}
