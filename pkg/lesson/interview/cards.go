package interview

// Card is a question of the interview room.
type Card struct {
	// ID is a short name, such as "sam".
	ID       string
	Question string
	// Thirty is the thirty-second answer.
	Thirty string
	// Two is the two-minute answer, whole: paragraphs with a blank line between them. In it {W5},
	// {W5.effect} and {A2.share} stand for a row, see [cite].
	Two string
	// Traps are follow-up questions, each with its answer after a dash.
	Traps []string
	// Rubric is what to tick: one point each.
	Rubric []string
	// Rows are those of the evidence table that it rests on; the first is the one whose picture the
	// room shows.
	Rows []string
	// Picture is where the picture is that proves it: "notebook.ipynb#Heading", with the heading's
	// id as JupyterLab has it.
	Picture string
	// Shows is what that picture shows.
	Shows string
}

// cardByID finds a card.
func cardByID(id string) (Card, bool) {
	for _, c := range Cards {
		if c.ID == id {
			return c, true
		}
	}
	return Card{}, false
}

// Cards are the questions of the interview room.
var Cards = []Card{
	{
		ID:       "landscape",
		Question: "What is the loss landscape of a neural network?",
		Thirty: "The loss as a function of all the weights: a surface with as many dimensions as " +
			"there are weights. Training is a walk on it that sees only the slope under its " +
			"feet. Its features are minima (sharp and flat), saddles and plateaus.",
		Two: `Fix the training data, the model and its mode, and the loss becomes an ordinary
function of the weights. It has a height, a gradient and a Hessian at every point, and setting the
same weights gives the same height however one got there ({A1}). Training is a walk on that
surface, and it sees the slope under its feet and nothing else.

I would name the features. A minimum curves down in no direction, a saddle up in some directions
and down in others, a plateau has hardly any gradient over a wide region, and minima can be sharp
or flat. Which of them it is follows from the gradient's norm and from the signs of the Hessian's
eigenvalues.

Then I would say what makes it unlike a mountain range. There are thousands or billions of
directions. In a trained network a few of them curve strongly and the bulk hardly at all, so most
directions are nearly flat. A picture shows a slice through two directions: the largest eigenvalue
was {X6.effect} times the steepest curvature in a random plane ({X6}). A plane along the training
path holds most of the path, but a plane through a random walk does that as well ({S1}).

Three cautions. A mini-batch has a surface of its own, so stochastic descent walks on a different
one at each step. Cross-entropy has no global minimum at finite weights where the data can be
separated: the loss keeps falling as the weights grow. And the global minimum is not the goal, the
test loss is. Whether that rises while the training loss still falls has to be measured each time;
on these digits 360 are too few to say: with the halves of the test set exchanged the sign turns
round ({F1}).`,
		Traps: []string{
			"Is it one surface? – One for each data set; the mini-batch changes it at every step.",
			"Does a picture show whether it is convex? – No: a slice can look like a bowl at a " +
				"saddle.",
		},
		Rubric: []string{
			"loss as a function of the weights, data fixed",
			"dimension = number of weights",
			"names minimum, saddle, plateau",
			"a picture is a two-dimensional slice",
		},
		Rows:    []string{"A1", "X6", "S1", "F1"},
		Picture: "02-slice.ipynb#3-·-What-two-dimensions-leave-out",
		Shows:   "the steepest curvature that random planes show, against λmax",
	},
	{
		ID:       "stuck",
		Question: "Why don't deep networks get stuck in bad local minima?",
		Thirty: "At a minimum no eigenvalue of the Hessian is negative. With thousands of " +
			"directions, the argument goes, some nearly always is, unless the loss is already " +
			"low, so what stops the descent for a while is a saddle or a plateau, and there is " +
			"a way down.",
		Two: `At a local minimum no eigenvalue of the Hessian is negative. For a random
symmetric matrix of size n that has a probability of about exp(−(ln 3)n²/4), far less than coins
would give, because eigenvalues repel each other. In a Gaussian random landscape the index, the
share of negative eigenvalues, follows from the height by a formula: high critical points are
saddles and only low ones are minima.

That argument is a guide. A trained network's Hessian is no such matrix: it has a spike at zero and
a few large eigenvalues. So I would ask what was measured. Of the critical points that searches
found in a small network, {F2.share} were saddles ({F2}), but searches mostly find one special
family, close to where the network ignores its input. Whether the index falls with the loss among
true critical points is row W1, and its verdict is: {W1}. Over the ends of all searches index and
loss do go together, but those where the gradient is small and not zero aren't critical, and many
published ones were of that kind.

What is solid: descent on the usual network reached its goal for {A2.share} of the seeds ({A2}), and
noise leaves saddles in fewer steps than full batches do ({W4}). Different seeds end at similar
losses ({W2}), and curves of low loss join their minima ({X2}).

And what I would concede: small networks do get stuck. With three hidden units on an XOR-like task
{X5.share} of the runs ended at more than twice the best loss ({X5}). So it is size that helps, and
not a law. Nor does any of this say that the fit generalises.`,
		Traps: []string{
			"So local minima don't exist? – Small networks do get stuck: XOR with three hidden " +
				"units, for a sizeable share of seeds.",
			"Does descent find the global minimum? – It finds one of many of similar loss; " +
				"cross-entropy has no global minimum at finite weights where every example can " +
				"be classified.",
		},
		Rubric: []string{
			"no negative eigenvalue is the condition",
			"high dimension makes that unlikely at high loss",
			"saddles have a way down",
			"admits that small networks do get stuck",
			"independence of eigenvalues is not true",
		},
		Rows:    []string{"W1", "F2", "A2", "W4", "W2", "X2", "X5"},
		Picture: "05-not-stuck.ipynb#2-·-What-the-height-says",
		Shows:   "index against height, where theory is exact",
	},
	{
		ID: "saddle",
		Question: "Training has stalled. How do you find out whether you are at a minimum, a " +
			"saddle or a plateau?",
		Thirty: "Measure the gradient norm and the ends of the Hessian's spectrum. Gradient not " +
			"small: none of them, the rate is wrong. Gradient small and a clearly negative " +
			"eigenvalue: saddle. Gradient small over a wide region, no direction down that " +
			"matters at the rate used: plateau. Only clearly positive ones: minimum. Many near " +
			"zero, and the gradient small only there: degenerate, and second order can't tell.",
		Two: `First I would measure the gradient of the full training loss, not of a batch: batch
noise hides a small gradient, and it can hide a stalled one as well. If the gradient isn't small
against what it was in the beginning, this is none of the three. Then the rate is too high, the
loss bounces, or the gradient isn't used as one thinks.

If it is small, I would look at the ends of the Hessian's spectrum. That needs no Hessian: its
product with a vector costs a few gradients, and the Lanczos method turns some dozens of them into
the largest eigenvalue (λmax) and the smallest, each with a residual. A clearly negative one makes
it a saddle, and its eigenvector is the way down. Only clearly positive ones: a strict minimum. All
nearly zero in a wide region: a plateau. Many nearly zero and none clearly negative, with the
gradient small only there: degenerate, perhaps a minimum. "Nearly" needs a tolerance, say a
thousandth of λmax, and I would repeat the verdict at ten times and at a tenth of it.

Two things go wrong in practice. Nearly all eigenvalues of a trained network are close to zero, so
the verdict depends on the tolerance; a degenerate point such as the monkey saddle can't be settled
by second derivatives at all. And negative directions are everywhere: among places where training
seemed stuck {F3.share} had one ({F3}), but so had many places where training ended. Averaged over
training {X4.share} of all eigenvalues were negative, fewer with each epoch ({X4}). So the
presence of a negative eigenvalue isn't the explanation of a stall. I would follow it: push a little
along that direction and see whether the loss falls.`,
		Traps: []string{
			"Can you see it from the loss curve? – No, all three are flat stretches.",
			"What about a zero eigenvalue? – Then second order can't tell, as at a monkey " +
				"saddle: degenerate.",
		},
		Rubric: []string{
			"gradient norm first",
			"sign of the smallest eigenvalue",
			"Lanczos or power iteration with Hessian-vector products",
			"a tolerance for zero",
		},
		Rows:    []string{"F3", "X4"},
		Picture: "01-landscape.ipynb#5-·-Critical-points-of-a-real-network",
		Shows:   "a saddle and a valley floor, told apart by their spectra",
	},
	{
		ID:       "plateau",
		Question: "What is a plateau, and what gets training off it?",
		Thirty: "A wide region where the gradient is nearly zero, such as that of saturated " +
			"sigmoids. Plain descent crawls, its steps being as small as the gradient. Momentum " +
			"adds up the small steps that agree.",
		Two: `A plateau is a wide region where the gradient is nearly zero in all directions that
matter. Saturated sigmoids make one: their slope is close to zero, and in a deep stack the slopes
multiply. Plain gradient descent takes steps in proportion to the gradient, so it crawls, although
nothing is wrong with the point where it is.

Momentum helps because small gradients that agree add up. With coefficient m the velocity tends to
1/(1−m) times a single step: ten times for m = 0.9. We measured it on a network of four sigmoid
layers. At one and the same rate, plain descent needed at least {F4.effect} times as many steps as
momentum to halve the loss. Row A3 is the share of runs that got there with momentum, less the share
without: 1 is all against none ({A3}).

But then comes the control that is usually left out. Give plain descent the effective rate
η/(1−m), and momentum's advantage is gone: that is why row F4 is as it is ({F4}). On a plateau
momentum is a larger step. Where it really does more is in a narrow valley, where the larger plain
step would diverge, because the steep direction limits it to 2/λmax and momentum averages the
zigzag out.

Other ways off a plateau are to avoid it: better initial weights, ReLU or normalisation layers,
residual connections. Adaptive methods divide by the recent size of the gradient, so that a small
gradient still makes a step of the usual size.

How do I tell it from a saddle? By the spectrum and by distance. A saddle has a direction that
curves down clearly; on a plateau none curves down enough to matter at the rate used, and one has
to go far before anything changes.`,
		Traps: []string{
			"Is it a saddle? – The way off many a plateau passes a saddle; what makes it a " +
				"plateau is its width.",
		},
		Rubric: []string{
			"gradient small over a region",
			"step is proportional to the gradient",
			"momentum accumulates",
			"effective rate η/(1−m)",
		},
		Rows:    []string{"F4", "A3"},
		Picture: "01-landscape.ipynb#3-·-A-plateau",
		Shows:   "plain descent, momentum and the larger rate on one plateau",
	},
	{
		ID:       "sharp",
		Question: "What do sharp and flat mean, and how would you measure it?",
		Thirty: "How much the loss rises for a small change of the weights. Mean rise under " +
			"Gaussian noise of σ = 0.01 on each weight; or the largest eigenvalue of the " +
			"Hessian; or the worst rise in a ball. Each needs its radius, and they can disagree.",
		Two: `Sharpness is how much the loss rises when the weights change a little, and
everything is in what "change" means. Three common answers. Add Gaussian noise of standard
deviation σ to all weights and average the rise: for small σ that is half of σ² times the trace of
the Hessian, an average over all directions. Take the largest eigenvalue λmax: the steepest single
direction. Or take the worst rise in a ball of radius ρ, which near a minimum is half of ρ² times
λmax; away from one the gradient comes first.

They can disagree. In 3,466 dimensions the trace may be carried by a few hundred directions that
λmax never sees. Keskar's measure, a worst case in a box that grows with the weights, is dominated
by the gradient where training hasn't settled: at equal epochs the full batch came out {T1.effect}
times as sharp ({T1}), while at equal training loss the two were nearly alike. By λmax at equal
loss the sharpness does rise with the batch ({T2}).

So a report needs: the definition, the radius, the data (training loss for questions of
optimisation), the number of draws with a standard error, and the training loss at which it was
taken. Doubling σ quadruples the number, so a sharpness without its σ says nothing.

To compute λmax I would use Lanczos with Hessian-vector products and give the residual. And I
would say at once that none of these numbers survives a change of parametrisation: rescaling two
ReLU layers by ten multiplied λmax by {X1.effect} and left every prediction as it was ({X1}).
Measures that scale with the weights repair that case, and only that.`,
		Traps: []string{
			"Which is right? – They answer different questions.",
			"Is a number comparable between two architectures? – No.",
		},
		Rubric: []string{
			"rise of the loss under perturbation of the weights",
			"names a radius",
			"trace for the mean, λmax for the worst",
			"error bar or several draws",
		},
		Rows:    []string{"T1", "T2", "X1"},
		Picture: "03-sharp-flat.ipynb#1-·-A-number-for-sharpness",
		Shows:   "the rise of single draws around half of σ² times the trace",
	},
	{
		ID:       "generalise",
		Question: "Do flat minima generalise better?",
		Thirty: "Often they go together, when batch size and rate are varied within one " +
			"architecture; with SAM, on clean digits, better didn't follow flatter. But flatness " +
			"depends on the parametrisation: rescale two ReLU layers and the same function " +
			"becomes as sharp as you like.",
		Two: `Often the two go together, and I would say exactly when. Over models that differ in
batch size and rate, all stopped at one training loss, sharper ones had the higher test error
({F5}) and coped worse with corrupted digits ({F6}). With the generalisation gap in place of the
test error the row reads: {A4}. These are correlations of moderate size over a few percent of test
error.

The argument for a link is old: weights that may be changed without harm need fewer bits to be
written down, and PAC-Bayes (a theory of random weights) turns that into a bound. The loss that the
test data see is a shifted one, and a shift costs less where it is flat.

The arguments against are as good. Dinh and colleagues: multiply one ReLU layer and divide the
next, the function stays, and sharpness becomes what you like ({X1}). So flatness as such can't be
the cause. Andriushchenko and colleagues found, for modern networks and large data, that the
correlation can vanish or turn round, adaptive measures included. And in our own models a common
cause is in plain sight: batch size and rate order both the sharpness and the test error; the note
of row F5 says how much is left among seeds of one setting.

SAM is often taken as proof. It lowers λmax, and the loss, at the same number of epochs ({T3}); on
clean digits ten seeds showed no gain in accuracy from it. And where accuracy improves too, that
doesn't show that it improves through flatness.

What would convince me: an intervention on sharpness alone, in a measure that doesn't change with
the parametrisation, with rate, width and training loss held fixed. Until then flat is a fact
about optimisation and a hypothesis about generalisation.`,
		Traps: []string{
			"So is sharpness useless? – It is a fact about optimisation; as a cause of " +
				"generalisation it is a hypothesis.",
			"What would convince you? – The correlation within groups that hold rate, width and " +
				"loss fixed.",
		},
		Rubric: []string{
			"correlation, with conditions",
			"Dinh's rescaling",
			"mentions counter-evidence",
			"correlation is not cause",
		},
		Rows:    []string{"F5", "F6", "A4", "X1", "T3"},
		Picture: "03-sharp-flat.ipynb#3-·-Do-flat-networks-cope-better-with-damaged-digits?",
		Shows:   "sharpness against robustness, with the common cause in colour",
	},
	{
		ID:       "batch",
		Question: "What does the batch size do to the minimum that you find?",
		Thirty: "Large batches have a precise gradient and settle in sharper minima; small " +
			"batches are noisy and end in flatter ones (Keskar 2017): here too, at one rate " +
			"and training loss. It is the ratio of rate to batch size that sets the noise, so " +
			"scale the rate with the batch.",
		Two: `The gradient of a batch is the full gradient plus noise, and its variance falls like
one over the batch size. In a narrow valley the noise throws the weights from wall to wall, in a
wide one it does no harm, so small batches settle where it is wide. Keskar and colleagues reported
that in 2017 and tied it to a gap in test accuracy.

Whether one sees it depends on what is held equal. At equal epochs the small batch has taken many
times as many steps and has trained further, so I compare at one training loss, with one rate.
There λmax rises with the batch, by a slope of {T2.effect} in logarithms ({T2}), and the full
batch is {W5.effect} times as sharp as batches of 16 ({W5}). At equal epochs, by Keskar's measure,
the ratio is {T1.effect}, but almost all of that is the difference in training loss.

Then the confounder: rate and batch act together. What sets the noise is roughly the rate over the
batch size, so doubling both changes little, up to where the rate gets unstable. And the rate has
an effect of its own: full-batch training settles where λmax is near 2/η ({X3}).

Does it generalise better? Test accuracy at equal epochs was higher with batches of 16 ({A5}),
here by a few digits; the test loss was higher, though, says that row's note. Hoffer and
colleagues showed that most of the gap closes if large batches get as many steps, Goyal and
colleagues that a scaled rate with warm-up keeps accuracy up to batches of thousands.

So my answer in practice: scale the rate with the batch, warm up, give it enough steps, and
measure the test loss.`,
		Traps: []string{
			"More noise is always better? – No, above a point it only hurts.",
			"Same epochs or same steps? – Say which; the answer changes.",
		},
		Rubric: []string{
			"large → sharper, small → flatter",
			"gradient noise as the mechanism",
			"rate over batch size",
			"controls for training loss or steps",
		},
		Rows:    []string{"T1", "T2", "W5", "X3", "A5"},
		Picture: "03-sharp-flat.ipynb#2-·-Large-batches,-sharp-minima?",
		Shows:   "λmax against batch size at one training loss",
	},
	{
		ID:       "sam",
		Question: "Explain SAM.",
		Thirty: "Minimise the worst loss in a ball of radius ρ around the weights. To first " +
			"order the worst point is w + ρg/‖g‖: climb there, take the gradient, go back, and " +
			"let the base optimizer step with it. Two passes a step: flatter at equal epochs, at " +
			"equal passes here not.",
		Two: `Sharpness-aware minimisation replaces the loss at the weights by the worst loss in a
ball of radius ρ around them. The inner maximum is too expensive to find, so one takes its
first-order solution: of all steps of length ρ the one along the gradient raises the loss most.
Hence two passes. The first gives g and the climb ε = ρ·g/‖g‖, with the norm over all weights
together. The second takes the gradient at w + ε. Then the weights go back to w and any base
optimizer steps with that second gradient. With ρ = 0 it is the base optimizer.

How good is the first-order climb? It beat every one of a hundred random directions. A long search
of the same ball found a larger rise, of which the climb gets {M2.share}; late in training, where
the gradient is small, it gets less ({M2}). A step costs {M1.effect} times a plain one ({M1}), so a
fair comparison gives the base optimizer twice the steps.

What does it buy? At equal epochs λmax was lower by a factor of {T3.effect} ({T3}), and the worst
loss in the ball by {A6.effect} ({A6}). But SAM's training loss was lower as well, and a lower loss
alone lowers λmax. At equal passes it ended no flatter here (one seed). With clean labels ten seeds
showed no gain in accuracy; with wrong labels the gain was large.

It never comes to rest: near a minimum of curvature λ it bounces with an amplitude of about
ηρλ/(2−ηλ). The ball is a batch's, not the data set's; smaller groups that climb separately (m-SAM)
seem to work better. ASAM, adaptive SAM, scales the ball with the weights, so that rescaling layers
doesn't change it.`,
		Traps: []string{
			"Where is the step taken from? – The original weights.",
			"Why not search the ball properly? – One step gets most of the rise at small ρ.",
		},
		Rubric: []string{
			"min over w of max over the ball",
			"ε = ρg/‖g‖",
			"gradient there, step from the original weights",
			"costs two passes",
			"a base optimizer does the step",
		},
		Rows:    []string{"M1", "M2", "T3", "A6"},
		Picture: "04-sam.ipynb#1-·-One-step,-by-hand",
		Shows:   "up, the gradient there, and back",
	},
	{
		ID:       "sampitfalls",
		Question: "What goes wrong when people implement SAM?",
		Thirty: "BatchNorm's averages get updated twice, dropout draws a second mask, the loss " +
			"that is logged is the perturbed one, a zero or infinite gradient turns the weights " +
			"into NaN, and gradient accumulation switches the climb off.",
		Two: `SAM has two passes, and nearly every mistake comes from treating the second like the
first.

BatchNorm: both passes in training mode update the running averages, the second time with the
statistics of perturbed weights. Keep the first update only. Dropout: the second pass must see the
same mask, or the difference between the gradients is mostly the difference between masks. The
same goes for any random augmentation inside the model.

Restoring: the step starts from the original weights. Adding ε and subtracting it again leaves
rounding behind, and over thousands of steps that drifts, so keep a copy. The base optimizer's
state, momentum or Adam's moments, must see the second gradient only.

Division: a zero gradient gives 0/0 and an infinite one gives NaN, and from then on all weights
are NaN. Guard both. With mixed precision, unscale the gradient before taking its norm.

The norm is over all weights together. A norm for each layer is another method, and so is a ball
for each micro-batch: with gradient accumulation or several devices each part climbs along its own
gradient unless you average first. That is m-SAM; it may even work better, but say which one you
ran. And if the climb is skipped during accumulation, you have trained the base optimizer and
called it SAM.

Reporting: log the loss at the weights, not at the perturbed point, which is higher by design. And
count the cost: a step took {M1.effect} times a plain one ({M1}), so the baseline gets twice the
epochs.

How I test an implementation: with ρ = 0 it must reproduce the base optimizer bit by bit, on a
quadratic the step is known in closed form, and removing the climb must make a test fail.`,
		Traps: []string{
			"Which accuracy is fair to compare? – The one of the base optimizer with twice the " +
				"passes.",
		},
		Rubric: []string{
			"BatchNorm statistics once",
			"same dropout mask",
			"zero gradient",
			"restores the weights exactly",
			"fair comparison at equal passes",
		},
		Rows:    []string{"M1"},
		Picture: "04-sam.ipynb#4-·-What-does-it-cost?",
		Shows:   "the time of a step over that of a plain one",
	},
	{
		ID:       "slice",
		Question: "You see a 2-D picture of a loss landscape in a paper. What do you ask?",
		Thirty: "Which directions, how scaled, which data, and how many seeds. Random directions " +
			"of unit length show the average curvature, which is tiny; without normalisation the " +
			"scale of the axes means nothing.",
		Two: `I ask five things. First, which directions. Two random ones show an average
curvature that is tiny: λmax was {X6.effect} times the largest curvature in a random plane ({X6}),
so the picture says that nearly all directions are flat and nothing else. The leading eigenvectors
show the sharp part, directions between solutions show barriers, and principal components of the
path show where training went.

Second, how the directions were scaled. With ReLU layers the same function can be written with
weights ten times larger in one layer and smaller in the next, and then a step of length one means
something else. Filter normalisation, by Li and colleagues, gives each filter's direction the norm
of that filter. Without it, or something like it, the widths of two networks' valleys can't be
compared ({X1}).

Third, whether PCA was given a control. Its plane held nearly all of the path here ({S1}), which
sounds like a discovery. But a random walk of as many steps puts most of its movement into its own
first two components too, and along a smooth-looking curve.

Fourth, the data and the error. Loss on how many examples, training or test? If there is BatchNorm:
were its averages frozen or estimated anew at each point? How far from the plane was the path that
is drawn in it?

Fifth, how many seeds and planes, since one is an anecdote.

And what a picture can't do: show convexity. A slice may look like a bowl at a saddle, because the
way down needn't lie in the plane.`,
		Traps: []string{"The picture is convex. Is the loss? – No."},
		Rubric: []string{
			"which directions",
			"normalisation",
			"several planes or seeds",
			"PCA against a random walk's",
		},
		Rows:    []string{"S1", "X6", "X1"},
		Picture: "02-slice.ipynb#4-·-The-scale-means-nothing-by-itself",
		Shows:   "one function, two scales of its axes",
	},
	{
		ID:       "modes",
		Question: "Are the minima of two training runs separate valleys?",
		Thirty: "On the straight line between them there is a barrier, but a curved path of low " +
			"loss can be trained (Garipov, Draxler 2018): they are parts of one connected " +
			"region. Much of the straight barrier is symmetry: hidden units can be permuted " +
			"without changing the function.",
		Two: `Train twice from different seeds and draw the straight line between the two
solutions: the loss climbs high above both ends. For a long time that was read as two valleys with
a mountain between them. Then Garipov and colleagues, and Draxler and colleagues, trained the path
itself (with us a curve with one bend) until all its points had low loss, and the mountain was
gone. In our pairs the straight line's barrier was {X2.effect} times the curve's ({X2}).

Part of the mountain is bookkeeping. Hidden units can be permuted without changing the function,
so two networks may be close as functions and far apart as vectors. Matching the units of one to
the other's by linear assignment, as in Git Re-Basin, lowers the barrier. In wide networks it
nearly vanishes; in narrow ones, like ours, a good part stays, and the matching itself finds only
a local optimum.

Why should there be such curves? With more weights than data the solutions are not points. Where n
residuals are zero and there are d > n weights one expects a set of dimension d − n, and the many
zero eigenvalues at a solution fit that. Even labels drawn by dice are learnt, from every seed, in
different ways ({W3}). And the solutions that seeds reach have similar losses ({W2}), so there is
little reason to prefer one.

What follows in practice: averaging the weights of two independent runs fails, because it lands on
the mountain. It works within one valley: snapshots of one run, or fine-tunings of one pretrained
model. And a curve makes an ensemble cheap. What doesn't follow: that the surface is convex, or
that two ends of a valley make the same predictions.`,
		Traps: []string{"Then average the weights? – Only within one basin, or after matching."},
		Rubric: []string{
			"barrier on the straight line",
			"low path by a curve",
			"permutation symmetry",
			"more weights than data",
		},
		Rows:    []string{"X2", "W2", "W3"},
		Picture: "05-not-stuck.ipynb#3-·-Many-seeds,-one-valley?",
		Shows:   "the straight line, the matched line and the curve",
	},
	{
		ID:       "edge",
		Question: "What limits the learning rate, and what does training do about it?",
		Thirty: "On a quadratic, descent diverges if η exceeds 2/λmax. Full-batch training " +
			"raises λmax until it hovers at 2/η, the edge of stability, and the loss goes on " +
			"falling (Cohen 2021). So the rate chooses the sharpness as much as the other way " +
			"round.",
		Two: `On a quadratic it is exact. Along an eigenvector of curvature λ a step multiplies
the distance by 1 − ηλ, so descent diverges once η exceeds 2/λmax. One would think: measure λmax,
choose the rate below it.

But a network answers. Cohen and colleagues trained with full batches at a fixed rate and watched
λmax. First it rises, which they call progressive sharpening, until it reaches 2/η. Then, instead
of diverging, training hovers there: the loss goes up and down over a few steps and still falls
over many. They called it the edge of stability. Our row measures λmax·η/2 over the last quarter
of training, which should be near one: {X3.effect} ({X3}).

Why doesn't it blow up? Along the sharpest direction the weights do begin to oscillate with
growing amplitude. But the third derivative couples that oscillation to the sharpness: bouncing
widely pushes the weights to where λmax is smaller, and the oscillation dies down. That is
self-stabilisation (Damian and colleagues). So the rate decides the sharpness at least as much as
the other way round.

Conditions. It is cleanest for squared error and full batches. With cross-entropy λmax falls again
late in training, because the second derivative of the loss vanishes as predictions become
certain. With small batches λmax stays well below 2/η, and noise keeps it there: at one rate and
one training loss it was lower by a factor of {W5.effect} than with the full batch ({W5}).
Momentum and Adam have edges of their own, of other values.

In practice: warm-up helps where λmax starts above 2/η, and the largest stable rate isn't a
constant of the problem.`,
		Traps: []string{
			"Is flatness then caused by batch noise or by the rate? – Both; that is why the rate " +
				"is held fixed in a comparison.",
		},
		Rubric: []string{
			"2/λmax",
			"progressive sharpening",
			"hovers at 2/η",
			"squared error against cross-entropy",
		},
		Rows:    []string{"X3", "W5"},
		Picture: "03-sharp-flat.ipynb#5-·-The-rate-has-its-say",
		Shows:   "λmax rising to 2/η and staying there",
	},
}
