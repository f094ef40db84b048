/* feed_category.c - Apple's podcast categories: 19, some with subcategories (Apple, "Apple Podcasts categories").
 * SPDX-License-Identifier: MIT */
#include "transcripts/feed_category.h"

#include "base/mem.h"

/* Each category is followed by its own, which begin with a tab. */
static const char *const categories[] = {
	"Arts", "\tBooks", "\tDesign", "\tFashion & Beauty", "\tFood", "\tPerforming Arts", "\tVisual Arts",
	"Business", "\tCareers", "\tEntrepreneurship", "\tInvesting", "\tManagement", "\tMarketing",
		"\tNon-Profit",
	"Comedy", "\tComedy Interviews", "\tImprov", "\tStand-Up",
	"Education", "\tCourses", "\tHow To", "\tLanguage Learning", "\tSelf-Improvement",
	"Fiction", "\tComedy Fiction", "\tDrama", "\tScience Fiction",
	"Government",
	"Health & Fitness", "\tAlternative Health", "\tFitness", "\tMedicine", "\tMental Health", "\tNutrition",
		"\tSexuality",
	"History",
	"Kids & Family", "\tEducation for Kids", "\tParenting", "\tPets & Animals", "\tStories for Kids",
	"Leisure", "\tAnimation & Manga", "\tAutomotive", "\tAviation", "\tCrafts", "\tGames", "\tHobbies",
		"\tHome & Garden", "\tVideo Games",
	"Music", "\tMusic Commentary", "\tMusic History", "\tMusic Interviews",
	"News", "\tBusiness News", "\tDaily News", "\tEntertainment News", "\tNews Commentary", "\tPolitics",
		"\tSports News", "\tTech News",
	"Religion & Spirituality", "\tBuddhism", "\tChristianity", "\tHinduism", "\tIslam", "\tJudaism",
		"\tReligion", "\tSpirituality",
	"Science", "\tAstronomy", "\tChemistry", "\tEarth Sciences", "\tLife Sciences", "\tMathematics",
		"\tNatural Sciences", "\tNature", "\tPhysics", "\tSocial Sciences",
	"Society & Culture", "\tDocumentary", "\tPersonal Journals", "\tPhilosophy", "\tPlaces & Travel",
		"\tRelationships",
	"Sports", "\tBaseball", "\tBasketball", "\tCricket", "\tFantasy Sports", "\tFootball", "\tGolf",
		"\tHockey", "\tRugby", "\tRunning", "\tSoccer", "\tSwimming", "\tTennis", "\tVolleyball",
		"\tWilderness", "\tWrestling",
	"TV & Film", "\tAfter Shows", "\tFilm History", "\tFilm Interviews", "\tFilm Reviews", "\tTV Reviews",
	"Technology",
	"True Crime",
};

bool feed_category_known(const char *category, const char *subcategory)
{
	for (size_t i = 0; i < COUNT_OF(categories); i++) {
		if (strcmp(categories[i], category) != 0)
			continue;
		if (!subcategory)
			return true;
		for (i++; i < COUNT_OF(categories) && categories[i][0] == '\t'; i++)
			if (strcmp(categories[i] + 1, subcategory) == 0)
				return true;
		return false;
	}
	return false;
}
