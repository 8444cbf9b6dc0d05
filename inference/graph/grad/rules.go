package grad

// ruleFor returns the rule of an ONNX operator, nil for one without.
func ruleFor(op string) rule {
	for _, family := range []func(string) rule{activationRule, arithmeticRule, linearRule, normRule, poolRule,
		reduceRule, layoutRule, selectRule, blockRule, quantiseRule} {
		if r := family(op); r != nil {
			return r
		}
	}
	return nil
}
